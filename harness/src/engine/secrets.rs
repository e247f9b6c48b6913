//! The secrets a run has met, and the mask that keeps them out of every text it emits.
//!
//! Masking goes by value, not by pattern: a token is hidden wherever it turns up, whatever the field
//! is called. Each value is also searched for in the encodings in which servers echo things back
//! (base64 at any alignment, percent-encoding, JSON inside JSON, hex).

use std::borrow::Cow;
use std::sync::{Arc, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Shorter values are not masked: they would blank out ordinary words and hide the report instead.
const SECRET_CHARS_MIN: usize = 4;
/// A base64 core shorter than this says nothing about the secret and would hit innocent text.
const BASE64_CORE_MIN: usize = 8;

/// The secrets of one world, shared by everything that writes on its behalf.
#[derive(Clone, Default)]
pub struct Secrets {
    needles: Arc<RwLock<Vec<Needle>>>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} forms)", self.read().len())
    }
}

struct Needle {
    text: String,
    label: Arc<str>,
}

impl Secrets {
    /// Remembers `value`; from now on every masked text shows `[secret name]` in its place.
    pub fn add(&self, name: &str, value: &SecretString) {
        let plain = value.expose_secret();
        if plain.chars().count() < SECRET_CHARS_MIN {
            return;
        }
        let mut needles = self.write();
        if needles.iter().any(|known| known.text == plain) {
            return;
        }
        let label: Arc<str> = format!("[secret {name}]").into();
        for text in forms(plain) {
            if !needles.iter().any(|known| known.text == text) {
                needles.push(Needle { text, label: Arc::clone(&label) });
            }
        }
        // The longest first, so that a secret that contains another one is hidden as a whole.
        needles.sort_by_key(|needle| std::cmp::Reverse(needle.text.len()));
    }

    /// The text without any known secret.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut masked = Cow::Borrowed(text);
        for needle in self.read().iter() {
            if masked.contains(&needle.text) {
                masked = Cow::Owned(masked.replace(&needle.text, &needle.label));
            }
        }
        masked
    }

    /// The value with every string, and every key, masked.
    pub fn mask_json(&self, value: &Value) -> Value {
        if self.read().is_empty() {
            return value.clone();
        }
        match value {
            Value::String(text) => Value::String(self.mask(text).into_owned()),
            Value::Array(items) => items.iter().map(|item| self.mask_json(item)).collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(key, field)| (self.mask(key).into_owned(), self.mask_json(field)))
                .collect(),
            Value::Number(_) => self.mask_number(value),
            Value::Null | Value::Bool(_) => value.clone(),
        }
    }

    /// Whether the text holds a known secret in any of its forms.
    pub fn leaks(&self, text: &str) -> bool {
        self.read().iter().any(|needle| text.contains(&needle.text))
    }

    fn mask_number(&self, value: &Value) -> Value {
        let text = value.to_string();
        match self.mask(&text) {
            Cow::Borrowed(_) => value.clone(),
            Cow::Owned(masked) => Value::String(masked),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Vec<Needle>> {
        self.needles.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Vec<Needle>> {
        self.needles.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

fn forms(plain: &str) -> Vec<String> {
    let once = json_escaped(plain);
    let percent = utf8_percent_encode(plain, NON_ALPHANUMERIC).to_string();
    let form: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let mut all = vec![
        plain.to_owned(),
        json_escaped(&once),
        once,
        percent.to_lowercase(),
        percent,
        form,
        hex::encode(plain),
    ];
    for offset in 0..3 {
        all.extend(base64_core(plain.as_bytes(), offset));
    }
    all.sort();
    all.dedup();
    all
}

fn json_escaped(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The characters of a base64 text that depend on the secret alone when `offset` bytes (mod 3) stand
/// before it, in both alphabets.
fn base64_core(plain: &[u8], offset: usize) -> Vec<String> {
    let mut padded = vec![0; offset];
    padded.extend_from_slice(plain);
    let skip = (offset * 8).div_ceil(6);
    let keep = padded.len() * 8 / 6;
    [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)]
        .into_iter()
        .filter_map(|text| text.get(skip..keep).map(str::to_owned))
        .filter(|core| core.len() >= BASE64_CORE_MIN)
        .collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn holding(value: &str) -> Secrets {
        let secrets = Secrets::default();
        secrets.add("token", &SecretString::from(value));
        secrets
    }

    #[test]
    fn a_secret_is_hidden_in_every_encoding_it_may_come_back_in() {
        let value = "s3cr\"et/with+all&sorts of chars";
        let secrets = holding(value);
        let json = json!({ "inner": json!({ "token": value }).to_string() }).to_string();
        let echoes = [
            format!("Bearer {value}"),
            STANDARD.encode(format!("admin:{value}")),
            STANDARD.encode(format!("ad:{value}:x")),
            URL_SAFE_NO_PAD.encode(format!("a{value}")),
            utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
            json!({ "token": value }).to_string(),
            json,
            hex::encode(value),
        ];
        for echo in echoes {
            let masked = secrets.mask(&echo);
            assert!(masked.contains("[secret token]"), "{masked}");
            assert!(!masked.contains(value));
        }
    }

    #[test]
    fn masking_keeps_the_shape_of_a_json_value() {
        let secrets = holding("1234567890");
        let masked = secrets.mask_json(&json!({ "a": ["x 1234567890"], "n": 1_234_567_890, "b": true }));
        let label = "[secret token]";
        assert_eq!(masked, json!({ "a": [format!("x {label}")], "n": label, "b": true }));
    }

    #[test]
    fn a_secret_that_contains_another_is_hidden_whole() {
        let secrets = holding("abcdef");
        secrets.add("long", &SecretString::from("abcdefghij"));
        assert_eq!(secrets.mask("see abcdefghij"), "see [secret long]");
    }

    #[test]
    fn a_value_too_short_to_be_a_secret_masks_nothing() {
        assert_eq!(holding("id").mask("valid identity"), "valid identity");
    }

    proptest! {
        #[test]
        fn no_masked_text_contains_the_secret(
            value in "[^\\[\\]secrtokn ]{4,24}", before in ".{0,20}", after in ".{0,20}"
        ) {
            let secrets = holding(&value);
            let text = format!("{before}{value}{after}");
            prop_assert!(!secrets.mask(&text).contains(&value));
            let coded = STANDARD.encode(format!("{before}{value}"));
            let plain_coded = STANDARD.encode(&value);
            prop_assert!(value.len() < 8 || secrets.leaks(&coded));
            prop_assert!(value.len() < 8 || !secrets.mask(&coded).contains(&plain_coded));
        }
    }
}
