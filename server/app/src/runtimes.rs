//! Which runtimes exist, and what becomes of a name that is none of them.
//!
//! The list comes from `manifest.json`; pruned and misspelt names become the default instead of
//! producing a workspace that can never boot.

use std::{collections::BTreeSet, path::Path};

use serde::Deserialize;
use server_store::workspaces::facts::EXTERNAL;

/// The runtime of a workspace that names none.
pub const DEFAULT: &str = "claude-code";

/// Used without a readable manifest.
const FALLBACK: [&str; 4] = ["claude-code", "hermes", "openclaw", "codex"];

/// The allow-list.
#[derive(Clone, Debug)]
pub struct Runtimes(BTreeSet<String>);

#[derive(Deserialize)]
struct Manifest {
    workspace_templates: Vec<ManifestEntry>,
}

#[derive(Deserialize)]
struct ManifestEntry {
    name: String,
}

impl Default for Runtimes {
    fn default() -> Self {
        Self::of(FALLBACK)
    }
}

impl Runtimes {
    /// Reads the list from the first readable manifest; without one the built-in list stands.
    pub fn load(configured: Option<&str>) -> Self {
        const SEARCH: [&str; 4] =
            ["/app/manifest.json", "manifest.json", "../manifest.json", "../../manifest.json"];
        let candidates: Vec<&str> = configured.map_or_else(|| SEARCH.to_vec(), |path| vec![path]);
        let text = candidates.iter().find_map(|path| std::fs::read_to_string(Path::new(path)).ok());
        match text.as_deref().map(Self::from_manifest) {
            Some(Ok(runtimes)) => runtimes,
            Some(Err(error)) => {
                tracing::warn!(%error, "runtime manifest is unreadable: using the built-in list");
                Self::default()
            }
            None => {
                tracing::info!("no runtime manifest found: using the built-in list");
                Self::default()
            }
        }
    }

    fn from_manifest(text: &str) -> Result<Self, serde_json::Error> {
        let manifest: Manifest = serde_json::from_str(text)?;
        let names = manifest.workspace_templates.iter().map(|entry| entry.name.as_str());
        Ok(Self::of(names.map(|name| name.strip_suffix("-default").unwrap_or(name))))
    }

    fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().chain([EXTERNAL]).map(str::to_owned).collect())
    }

    /// Whether the name is on the list as it is.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// The runtime that `raw` stands for: itself when known, else the default.
    pub fn sanitize(&self, raw: &str) -> String {
        let name = raw.trim();
        if self.0.contains(name) {
            return name.to_owned();
        }
        if !name.is_empty() {
            tracing::warn!(runtime = ?name, "unknown runtime: using {DEFAULT}");
        }
        DEFAULT.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: PROV-63.
    #[test]
    fn unknown_pruned_and_hostile_names_become_the_default() {
        let runtimes = Runtimes::default();
        for known in ["claude-code", "hermes", "openclaw", "codex", "external", " hermes "] {
            assert_eq!(runtimes.sanitize(known), known.trim());
        }
        for other in [
            "",
            "  ",
            "langgraph",
            "crewai",
            "gemini-cli",
            "Hermes",
            "../../etc",
            "hermes\nmodel: x",
            "claude-code/..",
        ] {
            assert_eq!(runtimes.sanitize(other), DEFAULT, "{other:?}");
        }
    }

    /// Ledger: PROV-64.
    #[test]
    fn the_list_comes_from_the_manifest_and_always_holds_external() {
        let runtimes = Runtimes::from_manifest(
            r#"{"workspace_templates":[{"name":"claude-code-default"},{"name":"codex","x":1}]}"#,
        )
        .expect("a manifest");
        assert_eq!(runtimes.sanitize("codex"), "codex");
        assert_eq!(runtimes.sanitize("external"), "external");
        assert_eq!(runtimes.sanitize("hermes"), DEFAULT, "not in this manifest");
        let fallback = Runtimes::load(Some("/nonexistent/manifest.json"));
        assert_eq!(fallback.sanitize("hermes"), "hermes");
    }
}
