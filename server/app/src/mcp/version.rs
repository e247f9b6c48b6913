//! Which protocol revisions are spoken.

/// Supported revisions, oldest first.
pub const SUPPORTED: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// Whether a revision is spoken here.
pub fn is_supported(version: &str) -> bool {
    SUPPORTED.contains(&version)
}

/// What `initialize` answers: the client's revision, ours when we do not speak it, the oldest when it
/// names none.
pub fn negotiate(asked: Option<&str>) -> &'static str {
    let [oldest, .., newest] = SUPPORTED;
    asked.map_or(oldest, |asked| SUPPORTED.into_iter().find(|spoken| *spoken == asked).unwrap_or(newest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: MEM-111.
    #[test]
    fn a_client_gets_its_own_revision_or_the_newest_or_the_oldest() {
        for spoken in SUPPORTED {
            assert_eq!(negotiate(Some(spoken)), spoken);
        }
        assert_eq!(negotiate(Some("2026-07-28")), "2025-11-25");
        assert_eq!(negotiate(Some("")), "2025-11-25");
        assert_eq!(negotiate(None), "2024-11-05");
    }
}
