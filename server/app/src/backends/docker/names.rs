//! Names on the engine. Containers and their own volumes carry the first twelve characters of the id.

use server_types::WorkspaceId;

/// Port on which an agent listens inside its container.
pub const AGENT_PORT: u16 = 8000;

const CONTAINER: &str = "ws-";
const SHORT_CHARS: usize = 12;

/// The part of a workspace's id that its container is named after.
///
/// Lower-case hex and dashes only, so that one can be part of a pattern or a path without escaping.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShortId(String);

impl ShortId {
    /// The short id of a workspace.
    pub fn of(id: WorkspaceId) -> Self {
        Self(id.to_string().chars().take(SHORT_CHARS).collect())
    }

    /// The short id in the name of a container, with or without the engine's leading slash; `None`
    /// for a container that none of our workspaces can have.
    ///
    /// The engine's name filter finds substrings, so every name goes through here.
    pub fn of_container(name: &str) -> Option<Self> {
        let short = name.strip_prefix('/').unwrap_or(name).strip_prefix(CONTAINER)?;
        let ours = |c: char| matches!(c, '0'..='9' | 'a'..='f' | '-');
        (short.len() == SHORT_CHARS && short.chars().all(ours)).then(|| Self(short.to_owned()))
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Name and network alias of the container.
    pub fn container(&self) -> String {
        format!("{CONTAINER}{}", self.0)
    }

    /// Name of a container that only looks into volumes and never runs.
    pub(super) fn probe(&self) -> String {
        format!("{CONTAINER}{}-probe", self.0)
    }

    /// Volume of `/configs`.
    pub fn configs(&self) -> String {
        format!("{CONTAINER}{}-configs", self.0)
    }

    /// Volume of the sessions of runtime `claude-code`.
    pub fn sessions(&self) -> String {
        format!("{CONTAINER}{}-claude-sessions", self.0)
    }

    /// Where other containers reach the agent.
    pub fn internal_url(&self) -> String {
        format!("http://{}:{AGENT_PORT}", self.container())
    }
}

/// Volume of `/workspace`; holds a user's work, so that it has the whole id and no sweep removes it.
pub(super) fn workspace_volume(id: WorkspaceId) -> String {
    format!("{CONTAINER}{id}-workspace")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id() -> WorkspaceId {
        WorkspaceId::canonical("550e8400-e29b-41d4-a716-446655440000").expect("an id")
    }

    #[test]
    fn everything_is_named_after_the_workspace() {
        let short = ShortId::of(id());
        assert_eq!(short.container(), "ws-550e8400-e29");
        assert_eq!(short.configs(), "ws-550e8400-e29-configs");
        assert_eq!(short.sessions(), "ws-550e8400-e29-claude-sessions");
        assert_eq!(short.internal_url(), "http://ws-550e8400-e29:8000");
        assert_eq!(workspace_volume(id()), "ws-550e8400-e29b-41d4-a716-446655440000-workspace");
        for name in ["ws-550e8400-e29", "/ws-550e8400-e29"] {
            assert_eq!(ShortId::of_container(name).as_ref(), Some(&short));
        }
    }

    /// Ledger: REG-78.
    #[test]
    fn only_hex_and_dashes_after_the_prefix_are_a_short_id() {
        for name in [
            "",
            "ws-",
            "/ws-550e8400",
            "ws-550e8400-e29b",
            "ws-550e8400-e2_",
            "ws-550e8400-e2%",
            "ws-550E8400-E29",
            "ws-550e8400-e2g",
            "news-550e8400-e29",
            "ws-550e8400-e29-probe",
            "//ws-550e8400-e29",
        ] {
            assert_eq!(ShortId::of_container(name), None, "{name:?}");
        }
    }

    proptest! {
        /// Ledger: REG-78.
        #[test]
        fn nothing_that_a_pattern_could_misread_is_a_short_id(name in "ws-.{10,14}") {
            if let Some(short) = ShortId::of_container(&name) {
                prop_assert!(short.as_str().chars().all(|c| c.is_ascii_hexdigit() || c == '-'));
            }
        }

        #[test]
        fn every_workspace_is_found_by_its_container(bits: u128) {
            let short = ShortId::of(WorkspaceId(uuid::Uuid::from_u128(bits)));
            prop_assert_eq!(ShortId::of_container(&short.container()), Some(short));
        }
    }
}
