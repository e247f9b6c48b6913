//! Text that may reach a caller.

/// Marks an error whose own `Display`, in every variant, is written for callers: fixed words and
/// values the caller sent. Causes stay in `source()`, which only the log reads.
///
/// Errors of libraries never carry this mark, so their words cannot become part of an answer.
pub trait PublicText: std::fmt::Display {
    /// The text a caller sees.
    fn public_text(&self) -> String {
        self.to_string()
    }
}
