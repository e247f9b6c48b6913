//! The secrets a run has met, and the mask that keeps them out of every text it emits.
//!
//! Masking goes by value, not by pattern: a token is hidden wherever it turns up, whatever the field
//! is called. Each value is also searched for in the encodings in which servers echo things back
//! (`forms`: base64 at any alignment, hex, the usual escapes) and behind whatever escapes a writer chose
//! (`escapes`: percent-encoding, forms, JSON, JSON inside JSON), and across the payloads of a stream (`split`).

mod escapes;
mod forms;
mod split;

use std::borrow::Cow;
use std::sync::{Arc, RwLock};

use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::world::Looked;

/// Shorter values are not masked: they would blank out ordinary words and hide the report instead.
const SECRET_CHARS_MIN: usize = 4;

/// The secrets of one world or of one replay in it, shared by everything that writes on its behalf.
#[derive(Clone, Default)]
pub struct Secrets {
    known: Arc<RwLock<Known>>,
    /// Learns everything that this one learns.
    told_to: Option<Box<Secrets>>,
}

#[derive(Default)]
struct Known {
    /// Every form of every secret, the longest first.
    needles: Vec<Needle>,
    /// The secrets themselves, as far as they may stand behind escapes, the longest first.
    escapable: Vec<Needle>,
    /// The secrets themselves, in the order in which they became known.
    plain: Vec<Needle>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} forms)", self.read().needles.len())
    }
}

#[derive(Clone)]
struct Needle {
    text: String,
    label: Arc<str>,
}

impl Secrets {
    /// A list of its own, under its own names, of which this one learns everything.
    #[must_use]
    pub fn child(&self) -> Self {
        Secrets { known: Arc::default(), told_to: Some(Box::new(self.clone())) }
    }

    /// Remembers `value`; from now on every masked text shows `[secret name]` in its place.
    pub fn add(&self, name: &str, value: &SecretString) {
        let plain = value.expose_secret();
        if plain.chars().count() < SECRET_CHARS_MIN {
            return;
        }
        if let Some(all) = &self.told_to {
            all.add(name, value);
        }
        let mut known = self.write();
        let Known { needles, escapable, plain: all } = &mut *known;
        if needles.iter().any(|known| known.text == plain) {
            return;
        }
        let label: Arc<str> = free_label(name, needles).into();
        let needle = |text| Needle { text, label: Arc::clone(&label) };
        for text in forms::of(plain) {
            if !needles.iter().any(|known| known.text == text) {
                needles.push(needle(text));
            }
        }
        all.push(needle(plain.to_owned()));
        if forms::is_escapable(plain) {
            escapable.push(needle(plain.to_owned()));
        }
        known.sort();
    }

    /// Remembers the password in the address of a database.
    pub fn add_password(&self, name: &str, url: &SecretString) {
        let url = url::Url::parse(url.expose_secret()).ok();
        if let Some(password) = url.as_ref().and_then(url::Url::password) {
            self.add(name, &SecretString::from(password));
        }
    }

    /// Remembers what is secret in the environment of a service.
    pub fn add_environment(&self, service: &str, environment: &IndexMap<String, Looked>) {
        for (name, value) in environment {
            if let Looked::Secret(secret) = value {
                self.add(&format!("{service}.env.{name}"), secret);
            }
        }
    }

    /// The text without any known secret.
    pub fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let known = self.read();
        let mut masked = Cow::Borrowed(text);
        for needle in &known.needles {
            if masked.contains(&needle.text) {
                masked = Cow::Owned(masked.replace(&needle.text, &needle.label));
            }
        }
        match known.unescaped(&masked) {
            None => masked,
            Some(masked) => Cow::Owned(masked),
        }
    }

    /// The text with every secret back in its place, for whoever has to judge what was written under the mask. In
    /// whichever encoding it was written, it comes back plain.
    pub fn unmask(&self, text: &str) -> String {
        let known = self.read();
        known.plain.iter().fold(text.to_owned(), |text, secret| text.replace(&*secret.label, &secret.text))
    }

    /// A value of ours with every text in it masked. Names of fields stay, and so do cases: reports are folded
    /// by them.
    ///
    /// The last net before a sink: what made the value has masked it already, with what was known then.
    pub fn mask_told<T: Serialize + DeserializeOwned>(&self, told: T) -> T {
        if self.read().needles.is_empty() {
            return told;
        }
        let Ok(mut tree) = serde_json::to_value(&told) else { return told };
        if !self.mask_texts(&mut tree) {
            return told;
        }
        // A secret that equals one of our own words cannot be hidden there without breaking the value.
        serde_json::from_value(tree).unwrap_or(told)
    }

    /// Whether any text was changed.
    fn mask_texts(&self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => match self.mask(text) {
                Cow::Borrowed(_) => false,
                Cow::Owned(masked) => {
                    *text = masked;
                    true
                }
            },
            Value::Array(items) => items.iter_mut().fold(false, |any, item| self.mask_texts(item) | any),
            Value::Object(fields) => {
                let texts = fields.iter_mut().filter(|(name, _)| *name != "case");
                texts.fold(false, |any, (_, field)| self.mask_texts(field) | any)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// The value with every string, and every key, masked.
    pub fn mask_json(&self, value: &Value) -> Value {
        if self.read().needles.is_empty() {
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

    /// The last place up to `end` at which a text can be cut without cutting a secret in two.
    pub fn cut(&self, text: &str, end: usize) -> usize {
        let known = self.read();
        let begins = known.needles.iter().filter_map(|needle| {
            let from = text.floor_char_boundary(end.saturating_sub(needle.text.len() - 1));
            let to = text.ceil_char_boundary((end + needle.text.len() - 1).min(text.len()));
            let at = from + text[from..to].find(&needle.text)?;
            (at < end && end < at + needle.text.len()).then_some(at)
        });
        begins.min().unwrap_or(end)
    }

    /// Whether the text holds a known secret in any of its forms.
    pub fn leaks(&self, text: &str) -> bool {
        let known = self.read();
        known.needles.iter().any(|needle| text.contains(&needle.text)) || known.unescaped(text).is_some()
    }

    fn mask_number(&self, value: &Value) -> Value {
        let text = value.to_string();
        match self.mask(&text) {
            Cow::Borrowed(_) => value.clone(),
            Cow::Owned(masked) => Value::String(masked),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Known> {
        self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Known {
    /// The longest first, so that a secret that contains another one is hidden as a whole.
    fn sort(&mut self) {
        for list in [&mut self.needles, &mut self.escapable] {
            list.sort_by_key(|needle| std::cmp::Reverse(needle.text.len()));
        }
    }

    /// The text without the secrets that stand behind escapes; none when there is none.
    fn unescaped(&self, text: &str) -> Option<String> {
        if self.escapable.is_empty() {
            return None;
        }
        let readings = escapes::readings(text);
        let found = self.escapable.iter().flat_map(|needle| {
            let ranges = readings.iter().flat_map(|reading| reading.find(&needle.text));
            ranges.map(|range| (range, &needle.label)).collect::<Vec<_>>()
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let (mut masked, mut told) = (String::new(), 0);
        for (range, label) in &found {
            if range.end <= told {
                continue;
            }
            masked.push_str(text.get(told..range.start).unwrap_or_default());
            masked.push_str(label);
            told = range.end;
        }
        masked.push_str(&text[told..]);
        (!found.is_empty()).then_some(masked)
    }
}

/// A label that no other value has, so that two texts are alike after masking only if they were before.
fn free_label(name: &str, needles: &[Needle]) -> String {
    let label = |number: usize| match number {
        1 => format!("[secret {name}]"),
        number => format!("[secret {name} {number}]"),
    };
    let is_free = |label: &String| needles.iter().all(|needle| *needle.label != **label);
    (1..).map(label).find(is_free).expect("there are more numbers than needles")
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use harness_model::event::{Failure, Mismatch};
    use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
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

    /// Which characters are encoded is up to the writer.
    #[test]
    fn a_secret_is_hidden_whatever_its_writer_chose_to_escape() {
        const SPACES: &AsciiSet = &CONTROLS.add(b' ').add(b'"');
        let value = "p@ss \"w\u{f6}rd\"/~x";
        let secrets = holding(value);
        let echoes = [
            format!("/x?q={}&y=1", utf8_percent_encode(value, SPACES)),
            format!("/x?q={}&y=1", utf8_percent_encode(value, SPACES).to_string().replace("%20", "+")),
            value.replace('"', "\\u0022").replace('/', "\\/"),
            Value::from(value.replace('"', "\\\"").replace('ö', "\\u00f6")).to_string(),
        ];
        for echo in echoes {
            let masked = secrets.mask(&echo);
            assert!(masked.contains("[secret token]"), "{echo} -> {masked}");
            assert!(!masked.contains("ss"), "{masked}");
            assert!(secrets.leaks(&echo) && !secrets.leaks(&masked));
        }
    }

    #[test]
    fn a_value_of_ours_is_masked_down_to_its_last_text_and_keeps_its_shape() {
        let secrets = holding("hunter2hunter2");
        let told = |secret: &str| Failure {
            help: Some(format!("ask {secret}")),
            mismatches: vec![Mismatch { path: format!("json $.{secret}"), ..Mismatch::default() }],
            ..Failure::new(format!("no {secret}"))
        };
        assert_eq!(secrets.mask_told(told("hunter2hunter2")), told("[secret token]"));
        assert_eq!(
            holding("message").mask_told(told("message")),
            told("[secret token]"),
            "names of fields stay"
        );
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
    fn equal_secrets_stay_equal_and_different_ones_differ() {
        let secrets = holding("first-value");
        secrets.add("token", &SecretString::from("other-value"));
        secrets.add("again", &SecretString::from("first-value"));
        assert_eq!(secrets.mask("first-value"), "[secret token]");
        assert_eq!(secrets.mask("other-value"), "[secret token 2]");
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
