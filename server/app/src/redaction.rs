//! Secrets that people paste into memories are replaced before anything is stored (SAFE-T1201).
//!
//! Rules run in order, each on what the one before left, so that `X_API_KEY=sk-...` is one redaction
//! and not two. Character classes are ASCII on purpose.

use std::{borrow::Cow, sync::LazyLock};

use regex::Regex;
use server_types::WorkspaceId;

/// ASCII white space, and everything else.
const BLANK: &str = r"[ \t\r\n\x0b\x0c]";
const SOLID: &str = r"[^ \t\r\n\x0b\x0c]";

struct Rule {
    label: &'static str,
    pattern: Regex,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let assignment =
        |suffix: &str| format!(r"(?-u:\b)[A-Za-z][A-Za-z0-9_]*_(?i-u:{suffix}){BLANK}*={BLANK}*{SOLID}+");
    let table = [
        ("API_KEY", assignment("API_KEY")),
        ("TOKEN", assignment("TOKEN")),
        ("SECRET", assignment("SECRET")),
        ("BEARER_TOKEN", format!("Bearer{BLANK}+{SOLID}+")),
        ("SK_TOKEN", "sk-[A-Za-z0-9_-]{16,}".to_owned()),
        ("CTX7_TOKEN", "ctx7_[A-Za-z0-9]+".to_owned()),
        ("BASE64_BLOB", "[A-Za-z0-9+/]{33,}={0,2}".to_owned()),
    ];
    let compile =
        |(label, pattern): (_, String)| Rule { label, pattern: Regex::new(&pattern).expect("a valid rule") };
    table.into_iter().map(compile).collect()
});

/// Text that is safe to store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text; byte-identical to the input when nothing matched.
    pub text: String,
    /// Whether anything was replaced.
    pub changed: bool,
}

/// Replaces what looks like a secret; each label that fires is logged once, never the value.
pub fn redact(workspace: WorkspaceId, text: &str) -> Redacted {
    let (text, fired) = apply(text);
    for label in &fired {
        tracing::warn!(%workspace, "redacted a {label} before storing");
    }
    Redacted { text, changed: !fired.is_empty() }
}

fn apply(text: &str) -> (String, Vec<&'static str>) {
    let mut text = text.to_owned();
    let mut fired = Vec::new();
    for rule in RULES.iter() {
        if let Cow::Owned(replaced) = rule.pattern.replace_all(&text, format!("[REDACTED:{}]", rule.label)) {
            text = replaced;
            fired.push(rule.label);
        }
    }
    (text, fired)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ledger: EDGE-83, MEM-97.
    #[test]
    fn each_label_has_its_vector() {
        let blob = "A".repeat(33);
        for (text, expected) in [
            ("OPENAI_API_KEY=abc def", "[REDACTED:API_KEY] def"),
            ("my_api_key = abc", "[REDACTED:API_KEY]"),
            ("X_API_KEY=sk-0123456789abcdef0123", "[REDACTED:API_KEY]"),
            ("GH_TOKEN=abc", "[REDACTED:TOKEN]"),
            ("app_secret=abc", "[REDACTED:SECRET]"),
            ("Authorization: Bearer abc.def", "Authorization: [REDACTED:BEARER_TOKEN]"),
            ("key sk-0123456789abcdef!", "key [REDACTED:SK_TOKEN]!"),
            ("ctx7_abc123", "[REDACTED:CTX7_TOKEN]"),
            (&format!("{blob}=="), "[REDACTED:BASE64_BLOB]"),
        ] {
            assert_eq!(apply(text).0, expected);
        }
    }

    /// Ledger: EDGE-83, MEM-97.
    #[test]
    fn clean_text_is_untouched() {
        for text in
            ["", "a clean sentence", "bearer of news", "sk-short", "API_KEY", "_API_KEY=x", &"a".repeat(32)]
        {
            assert_eq!(apply(text), (text.to_owned(), vec![]));
        }
    }

    proptest! {
        /// Ledger: EDGE-83, MEM-97.
        #[test]
        fn applying_twice_is_applying_once(text in r"([A-Za-z_]{0,6}(_API_KEY|_TOKEN|_SECRET)? ?=? ?(Bearer |sk-|ctx7_)?[A-Za-z0-9+/]{0,40}\PC{0,5}){0,4}") {
            let once = apply(&text).0;
            prop_assert_eq!(&apply(&once).0, &once);
        }
    }
}
