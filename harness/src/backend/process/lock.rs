//! Locks between processes, as locked files: they end with their holder, however it ends.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::world::WorldError;

/// Waits for the exclusive lock of a file; dropping the result frees it.
pub(crate) async fn exclusive(path: &Path) -> Result<File, WorldError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || exclusive_now(&path))
        .await
        .map_err(|error| WorldError::io("wait for a lock")(std::io::Error::other(error)))?
}

/// The same, blocking the thread.
pub(crate) fn exclusive_now(path: &Path) -> Result<File, WorldError> {
    let failed = || WorldError::io(format!("lock {}", path.display()));
    let file = OpenOptions::new().create(true).append(true).open(path).map_err(failed())?;
    file.lock().map_err(failed())?;
    Ok(file)
}
