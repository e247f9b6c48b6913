//! Text that the database can hold.
//!
//! Postgres refuses NUL in `text` and in `jsonb`. A message whose row is refused was delivered and
//! leaves no trace, so stored copies carry U+FFFD instead; forwarded bytes are never touched.

use std::fmt;

use serde_json::Value;

/// A string without NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredText(String);

impl StoredText {
    /// Makes any text storable.
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self(if text.contains('\0') { text.replace('\0', "\u{FFFD}") } else { text })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StoredText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of one JSON value without NUL; number literals are kept as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJson(String);

impl StoredJson {
    /// Takes JSON text as it is; `None` when it is not JSON, or JSON that no database could hold.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Value>(text).ok()?;
        Some(Self(without_nul_escapes(text)))
    }

    /// The bytes as JSON when they are JSON, else as one JSON string, so that nothing is lost.
    pub fn lossless(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        Self::parse(&text).unwrap_or_else(|| Self::from(&Value::from(text)))
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parsed value.
    pub fn to_value(&self) -> Value {
        serde_json::from_str(&self.0).expect("stored JSON was parsed when it was made")
    }
}

impl From<&Value> for StoredJson {
    fn from(value: &Value) -> Self {
        Self(without_nul_escapes(&value.to_string()))
    }
}

/// Replaces the escape for NUL; a backslash occurs in JSON only inside strings, always as a pair.
fn without_nul_escapes(json: &str) -> String {
    const NUL: &str = "\\u0000";
    if !json.contains(NUL) {
        return json.to_owned();
    }
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        clean.push_str(before);
        if let Some(after) = escape.strip_prefix(NUL) {
            clean.push_str("\\ufffd");
            rest = after;
        } else {
            // The escaped character is ASCII by the JSON grammar, so the pair is two bytes.
            let (pair, after) = escape.split_at(2);
            clean.push_str(pair);
            rest = after;
        }
    }
    clean.push_str(rest);
    clean
}

/// Cuts `text` to at most `bytes_max` bytes at a character boundary and adds `marker` if it was cut.
///
/// A cut inside a character would make the database refuse the row.
pub fn clip(text: &str, bytes_max: usize, marker: &str) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let cut = (0..=bytes_max).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}{marker}", &text[..cut])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        /// Ledger: A2A-110.
        #[test]
        fn a_clip_is_a_prefix_within_the_limit(text in any::<String>(), max in 0_usize..40) {
            let clipped = clip(&text, max, "…");
            match clipped.strip_suffix('…') {
                Some(kept) if text.len() > max => {
                    prop_assert!(kept.len() <= max && text.starts_with(kept));
                    prop_assert!(max - kept.len() < 4);
                }
                _ => prop_assert_eq!(clipped, text),
            }
        }

        #[test]
        fn stored_json_differs_from_the_value_only_in_nul(text in "[a\\\\\"u0\\x00é]{0,12}") {
            let value = json!({ &text: [text] });
            let expected = json!({ text.replace('\0', "\u{FFFD}"): [text.replace('\0', "\u{FFFD}")] });
            prop_assert_eq!(StoredJson::from(&value).to_value(), expected);
        }

        #[test]
        fn any_bytes_can_be_stored(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let stored = StoredJson::lossless(&bytes);
            prop_assert!(StoredJson::parse(stored.as_str()).is_some());
            prop_assert!(!stored.as_str().contains('\0'));
        }
    }

    #[test]
    fn an_escaped_backslash_before_u0000_is_not_a_nul() {
        let stored = StoredJson::parse(r#"["\\u0000","\u0000","\\\u0000"]"#).expect("JSON");
        assert_eq!(stored.as_str(), r#"["\\u0000","\ufffd","\\\ufffd"]"#);
    }
}
