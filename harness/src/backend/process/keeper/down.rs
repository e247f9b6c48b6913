//! Ending every run of a project, also those whose harness and keeper were killed.

use std::fs;
use std::path::Path;

use super::client::Keeper;
use super::serve::{LOCK_FILE, SOCKET_FILE};
use super::sweep;
use crate::backend::process::postgres::memory;
use crate::backend::process::{lock, places};
use crate::world::WorldError;

/// Ends everything below a cache and returns the runs that were still there.
///
/// # Errors
/// [`WorldError::Leftover`] naming what would not go.
pub(crate) async fn down_all(cache: &Path) -> Result<Vec<String>, WorldError> {
    if !cache.exists() {
        return Ok(Vec::new());
    }
    let mut runs = match Keeper::connect_running(cache).await {
        Some(keeper) => keeper.shutdown().await?,
        None => Vec::new(),
    };
    // The keeper holds this lock until it and all it ran are gone.
    let _lock = lock::exclusive(&cache.join(LOCK_FILE)).await?;
    let left = sweep::end_processes_of(cache).await;
    let mut left: Vec<String> = left.into_iter().map(|process| format!("process {process}")).collect();
    left.extend(sweep::end_containers(cache).await?);
    for entry in fs::read_dir(places::runs(cache)).into_iter().flatten().flatten() {
        runs.push(entry.file_name().to_string_lossy().into_owned());
        if fs::remove_dir_all(entry.path()).is_err() {
            left.push(format!("folder {}", entry.path().display()));
        }
    }
    if let Err(error) = memory::forget(cache) {
        left.push(format!("databases in memory: {error}"));
    }
    let _ = fs::remove_file(cache.join(SOCKET_FILE));
    runs.sort();
    runs.dedup();
    if left.is_empty() { Ok(runs) } else { Err(WorldError::Leftover(left)) }
}

/// Removes the cached clusters, unless a run is using them right now.
pub(crate) async fn forget_clusters(cache: &Path) -> Result<(), WorldError> {
    let _lock = lock::exclusive(&cache.join(LOCK_FILE)).await?;
    let clusters = places::clusters(cache);
    if Keeper::connect_running(cache).await.is_some() || !clusters.exists() {
        return Ok(());
    }
    fs::remove_dir_all(&clusters).map_err(WorldError::io(format!("remove {}", clusters.display())))
}
