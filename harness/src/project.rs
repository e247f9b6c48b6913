//! The project a command works on: a folder with replays, topologies and fixtures.
//!
//! Everything else is found by folder from here; nothing is registered.

use std::path::{Path, PathBuf};

use thiserror::Error;

/// A project's root folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    root: PathBuf,
}

/// No project here.
#[derive(Debug, Error)]
#[error("no project in {} or above it: a project has a folder `replays`", .0.display())]
pub struct NoProject(PathBuf);

impl Project {
    /// The project with this root.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Project { root: root.into() }
    }

    /// The nearest project, looking upwards.
    ///
    /// # Errors
    /// When neither the folder nor one above it is a project.
    pub fn find(from: &Path) -> Result<Self, NoProject> {
        from.ancestors()
            .find(|folder| folder.join("replays").is_dir())
            .map(Project::at)
            .ok_or_else(|| NoProject(from.to_owned()))
    }

    /// The root folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `replays/`: one folder per area, one file per replay.
    #[must_use]
    pub fn replays(&self) -> PathBuf {
        self.root.join("replays")
    }

    /// `replays/xfail.yaml`.
    #[must_use]
    pub fn xfail(&self) -> PathBuf {
        self.replays().join("xfail.yaml")
    }

    /// `corpus/`: one folder per protocol, one file per message shape.
    #[must_use]
    pub fn corpus(&self) -> PathBuf {
        self.root.join("corpus")
    }

    /// `fixtures/golden/`: one folder per family, one file per vector.
    #[must_use]
    pub fn goldens(&self) -> PathBuf {
        self.root.join("fixtures/golden")
    }

    /// `fixtures/topologies/`.
    #[must_use]
    pub fn topologies(&self) -> PathBuf {
        self.root.join("fixtures/topologies")
    }

    /// `fixtures/production-env.yaml`: what production sets on a tenant.
    #[must_use]
    pub fn production_env(&self) -> PathBuf {
        self.root.join("fixtures/production-env.yaml")
    }

    /// `fixtures/caps.yaml`: limits that several places must agree on.
    #[must_use]
    pub fn caps(&self) -> PathBuf {
        self.root.join("fixtures/caps.yaml")
    }

    /// `.harness/runs/`: one log per run.
    #[must_use]
    pub fn runs(&self) -> PathBuf {
        self.root.join(".harness/runs")
    }

    /// The path as reports show it: relative to the root where it lies below it.
    #[must_use]
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_found_from_any_folder_below_it() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("replays/a2a/deep")).unwrap();
        let found = Project::find(&folder.path().join("replays/a2a/deep")).unwrap();
        assert_eq!(found, Project::at(folder.path()));
        assert_eq!(found.shown(&folder.path().join("replays/x.yaml")), "replays/x.yaml");
    }

    #[test]
    fn a_folder_without_replays_is_no_project() {
        let folder = tempfile::tempdir().unwrap();
        let error = Project::find(folder.path()).unwrap_err().to_string();
        assert!(error.contains("has a folder `replays`"), "{error}");
    }
}
