//! One demand that does not hold.

use serde_json::Value;

use crate::yaml::Span;

/// One demand that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Mismatch {
    /// The part of the value, as a normalized JSON path.
    pub path: String,
    /// What was demanded, in words: `equals "online"`.
    pub expected: String,
    /// What was there; `None` when nothing was.
    pub actual: Option<Value>,
    /// Where the demand stands in the replay.
    pub span: Span,
    /// Line diff, when both sides are trees or long texts.
    pub diff: Option<String>,
}

impl Mismatch {
    /// What was there, in words; long values are cut.
    pub fn actual_text(&self) -> String {
        self.actual.as_ref().map_or_else(|| "nothing".to_owned(), shortened)
    }
}

/// A value as one line of at most 300 characters.
pub(super) fn shortened(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}… ({} characters)", &text[..end], text.chars().count()),
        None => text,
    }
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}, found {}", self.path, self.expected, self.actual_text())
    }
}
