//! The few styles a report uses. Text is always styled; the stream it is written to drops the styles when it
//! is not a terminal, so no report has to ask.

use harness_model::verdict::Verdict;
use owo_colors::{OwoColorize as _, Style};

/// The fixed-width word a line begins with.
#[must_use]
pub fn badge(verdict: Verdict) -> String {
    let word = match verdict {
        Verdict::Passed => "PASS",
        Verdict::Failed => "FAIL",
        Verdict::Broken => "BROKEN",
        Verdict::Xfailed => "XFAIL",
        Verdict::Xpassed => "XPASS",
        Verdict::Skipped => "SKIPPED",
    };
    format!("{:>7}", word).style(of(verdict)).to_string()
}

/// Failed is red, broken is magenta: nobody should take one for the other.
#[must_use]
pub fn of(verdict: Verdict) -> Style {
    let style = Style::new().bold();
    match verdict {
        Verdict::Passed => style.green(),
        Verdict::Failed | Verdict::Xpassed => style.red(),
        Verdict::Broken => style.magenta(),
        Verdict::Xfailed | Verdict::Skipped => style.yellow(),
    }
}

/// A heading inside a failure.
#[must_use]
pub fn heading(text: &str) -> String {
    text.bold().to_string()
}

/// Something beside the point.
#[must_use]
pub fn dim(text: &str) -> String {
    text.dimmed().to_string()
}

/// What was demanded.
#[must_use]
pub fn expected(text: &str) -> String {
    text.green().to_string()
}

/// What was there instead.
#[must_use]
pub fn actual(text: &str) -> String {
    text.red().to_string()
}

/// Seconds with millisecond digits, right-aligned.
#[must_use]
pub fn seconds(ms: u64) -> String {
    format!("{:>4}.{:03}s", ms / 1000, ms % 1000)
}
