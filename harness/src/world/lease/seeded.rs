//! What `harness seed` left in a kept world. Ids of one world mean nothing in another, so the file names its world.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::state;
use crate::world::{World, WorldError};

/// What a seed left, and in which world.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Seeded {
    world: String,
    /// The outputs of the topology's seed part.
    pub values: Map<String, Value>,
}

impl Seeded {
    /// What a seed left in a world.
    #[must_use]
    pub fn of(world: &World, values: Map<String, Value>) -> Self {
        Self { world: world.id().to_owned(), values }
    }

    /// The file of a project.
    #[must_use]
    pub fn path(root: &Path) -> PathBuf {
        root.join(".harness/seed.json")
    }

    /// What was left in this very world.
    ///
    /// # Errors
    /// When there is no file, or it is of another world: the fix is to seed.
    pub fn demand(root: &Path, world: &World) -> Result<Self, WorldError> {
        let (path, id) = (Self::path(root), world.id());
        let lacking = |why: String| WorldError::Prerequisite { what: why, fix: "harness seed".into() };
        let text = std::fs::read_to_string(&path);
        let text =
            text.map_err(|error| lacking(format!("world {id} is not seeded: {}: {error}", path.display())))?;
        let seeded: Self = serde_json::from_str(&text)
            .map_err(|error| lacking(format!("{} cannot be read: {error}", path.display())))?;
        if seeded.world != id {
            let (path, other) = (path.display(), &seeded.world);
            return Err(lacking(format!(
                "{path} is the seed of world {other}, and the one that is up is {id}"
            )));
        }
        Ok(seeded)
    }

    /// Writes the file, for its owner alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, root: &Path) -> Result<(), WorldError> {
        state::write(&Self::path(root), self)
    }
}
