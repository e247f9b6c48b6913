//! Text that is safe as an attribute value, whatever it was before.

use std::fmt;

/// Longest attribute, in characters.
const CHARS_MAX: usize = 256;

/// A value without control characters and without `< > " ' &`, at most 256 characters long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute(String);

impl Attribute {
    /// Drops every character that could end or open something.
    #[must_use]
    pub fn scrubbed(text: &str) -> Self {
        Self(text.chars().filter(|c| is_harmless(*c)).take(CHARS_MAX).collect())
    }

    /// The text when it is harmless as it stands, else nothing: for machine-made values, where a
    /// repaired value would be a wrong one.
    #[must_use]
    pub fn exact(text: &str, allowed: impl Fn(char) -> bool) -> Option<Self> {
        let fits = !text.is_empty()
            && text.chars().count() <= CHARS_MAX
            && text.chars().all(|c| is_harmless(c) && allowed(c));
        fits.then(|| Self(text.to_owned()))
    }

    /// The value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Also excludes the separators that some readers take for a line end.
fn is_harmless(c: char) -> bool {
    !c.is_control() && !matches!(c, '<' | '>' | '"' | '\'' | '&' | '\u{2028}' | '\u{2029}')
}
