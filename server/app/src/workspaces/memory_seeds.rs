//! What a new workspace starts out remembering: given at create, redacted before it is stored.

use serde::Deserialize;
use server_store::{memories, workspaces::insert::awareness_namespace};
use server_types::{WorkspaceId, stored::clip};

use crate::{App, redaction::redact};

/// Longest memory; more is cut.
const CONTENT_BYTES_MAX: usize = 100_000;
/// Scopes a memory may have; equals the CHECK set of `agent_memories.scope`.
const SCOPES: [&str; 3] = ["LOCAL", "TEAM", "GLOBAL"];

/// One memory of a create request.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct MemorySeed {
    /// What to remember.
    pub content: String,
    /// Who shares it, in any case; empty is the workspace alone.
    pub scope: Option<String>,
}

impl App {
    /// Stores the seeds that are usable; the others are logged and skipped.
    pub(super) async fn seed_memories(&self, id: WorkspaceId, seeds: &[MemorySeed]) {
        for seed in seeds {
            let Some((scope, content)) = usable(seed) else {
                tracing::warn!(workspace = %id, scope = ?seed.scope, "initial memory is unusable: skipped");
                continue;
            };
            let content = redact(id, &content).text.replace('\0', "\u{FFFD}");
            let stored = memories::seed(&self.store.db, id, scope, &awareness_namespace(id), &content).await;
            if let Err(error) = stored {
                tracing::warn!(%error, workspace = %id, "initial memory was not stored");
            }
        }
    }
}

fn usable(seed: &MemorySeed) -> Option<(&'static str, String)> {
    let said = seed.scope.as_deref().unwrap_or_default().trim().to_uppercase();
    let wanted = if said.is_empty() { SCOPES[0] } else { said.as_str() };
    let scope = SCOPES.into_iter().find(|scope| *scope == wanted)?;
    let content = clip(&seed.content, CONTENT_BYTES_MAX, "");
    (!content.is_empty()).then_some((scope, content))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_read_in_any_case_and_long_texts_are_cut_between_characters() {
        let seed =
            |content: &str, scope: &str| MemorySeed { content: content.into(), scope: Some(scope.into()) };
        let read_as = |content: &str, scope: &'static str| Some((scope, content.to_owned()));
        assert_eq!(usable(&seed("x", "")), read_as("x", "LOCAL"));
        assert_eq!(usable(&seed("x", "team")), read_as("x", "TEAM"));
        assert_eq!(usable(&seed("x", "Global")), read_as("x", "GLOBAL"));
        assert_eq!(usable(&seed("x", "galaxy")), None);
        assert_eq!(usable(&seed("", "TEAM")), None);
        let long = seed(&format!("a{}", "é".repeat(60_000)), "");
        assert_eq!(usable(&long).expect("usable").1.len(), 99_999);
    }
}
