//! What the engine holds of ours, and removing what nothing needs any more.

use std::collections::{BTreeMap, HashMap};

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::{ListImagesOptionsBuilder, RemoveImageOptionsBuilder};

use super::{DIGEST_LABEL, ImageError, NAME_LABEL, PROJECT_LABEL};

/// An image of ours that the engine holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Its name in `fixtures/images/`.
    pub name: String,
    /// What it was built from.
    pub digest: String,
    /// The project that built it.
    pub project: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Size on disk, in bytes.
    pub size_bytes: i64,
}

/// What a pruning did.
#[derive(Clone, Debug, Default)]
pub struct Pruned {
    /// Removed.
    pub removed: Vec<Held>,
    /// Stale, but a container still uses it.
    pub in_use: Vec<Held>,
}

/// Every image that a harness built here, by name and digest.
///
/// # Errors
/// When the engine fails.
pub async fn list(docker: &Docker) -> Result<Vec<Held>, ImageError> {
    let ours = HashMap::from([("label", vec![NAME_LABEL])]);
    let found = docker.list_images(Some(ListImagesOptionsBuilder::new().filters(&ours).build())).await?;
    let mut held: Vec<Held> = found
        .into_iter()
        .map(|image| {
            let label = |name: &str| image.labels.get(name).cloned().unwrap_or_default();
            Held {
                name: label(NAME_LABEL),
                digest: label(DIGEST_LABEL),
                project: label(PROJECT_LABEL),
                tags: image.repo_tags.clone(),
                size_bytes: image.size,
            }
        })
        .filter(|held| !held.tags.is_empty())
        .collect();
    held.sort_by(|one, other| (&one.name, &one.digest).cmp(&(&other.name, &other.digest)));
    Ok(held)
}

/// Removes what this project built from sources it no longer has. `current` is what the working tree
/// would build, name to digest; an image that is not named there is left alone.
///
/// # Errors
/// When the engine fails.
pub async fn prune(
    docker: &Docker,
    project: &str,
    current: &BTreeMap<String, String>,
) -> Result<Pruned, ImageError> {
    let stale = |held: &Held| {
        held.project == project && current.get(&held.name).is_some_and(|digest| *digest != held.digest)
    };
    let mut pruned = Pruned::default();
    for held in list(docker).await?.into_iter().filter(stale) {
        if remove(docker, &held.tags).await? {
            pruned.removed.push(held);
        } else {
            pruned.in_use.push(held);
        }
    }
    Ok(pruned)
}

/// False when a container still uses it.
async fn remove(docker: &Docker, tags: &[String]) -> Result<bool, ImageError> {
    for tag in tags {
        let options = RemoveImageOptionsBuilder::new().force(false).build();
        match docker.remove_image(tag, Some(options), None).await {
            Ok(_) | Err(Error::DockerResponseServerError { status_code: 404, .. }) => {}
            Err(Error::DockerResponseServerError { status_code: 409, .. }) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}
