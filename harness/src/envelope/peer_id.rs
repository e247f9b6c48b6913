//! A peer's id: the only form in which it may enter an address or an attribute.

use std::fmt;

use uuid::Uuid;

/// Length of the canonical form: 32 hex digits and 4 hyphens.
const CANONICAL_LEN: usize = 36;

/// A workspace id that was written in the canonical form, and shows in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerId(Uuid);

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl PeerId {
    /// Accepts the 36-character form alone. A parser of UUIDs takes braces, URNs and bare digits
    /// too, so the length is checked first.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == CANONICAL_LEN).then(|| Uuid::try_parse(text).ok().map(Self)).flatten()
    }

    /// Where a registry tells about this peer.
    #[must_use]
    pub fn card_url(&self, platform_url: &str) -> String {
        format!("{}/registry/discover/{self}", platform_url.trim_end_matches('/'))
    }
}
