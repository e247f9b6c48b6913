//! Running clusters in memory, where the machine has room for them.
//!
//! Making a database is making some three hundred files, and on many disks that takes five times as long as the
//! rest of a world. So a cluster rests on disk between runs, runs from a copy in memory, and is written back when
//! it ended well. A copy whose server was killed is thrown away: what rests on disk is as good as before.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use sha2::{Digest as _, Sha256};

use crate::world::WorldError;

/// Where Linux keeps a file system in memory.
#[cfg(target_os = "linux")]
const MEMORY: &str = "/dev/shm";
/// What must be free: two clusters with the databases of eight worlds, ten times over.
#[cfg(target_os = "linux")]
const FREE_MIN_BYTES: u64 = 2 << 30;

/// A cluster's files while it runs from memory.
#[derive(Debug)]
pub(super) struct Copy {
    rests: PathBuf,
    runs: PathBuf,
}

impl Copy {
    /// Copies a resting cluster, in place of any copy that a dead keeper left.
    pub(super) async fn of(rests: &Path, runs: PathBuf) -> Result<Self, WorldError> {
        let copy = Self { rests: rests.to_owned(), runs };
        let (from, to) = (copy.rests.clone(), copy.runs.clone());
        blocking(format!("copy {} into memory", rests.display()), move || {
            remove(&to)?;
            if let Some(above) = to.parent() {
                fs::create_dir_all(above)?;
                pass_through(above)?;
            }
            copy_folder(&from, &to)
        })
        .await?;
        Ok(copy)
    }

    /// Where the server finds its files.
    pub(super) fn runs(&self) -> &Path {
        &self.runs
    }

    /// Writes it back after a clean end.
    pub(super) async fn put_back(self) -> Result<(), WorldError> {
        blocking(format!("write {} back", self.rests.display()), move || {
            // Whoever removed the cache wants nothing kept.
            let back = if self.rests.exists() { self.rest() } else { Ok(()) };
            remove(&self.runs).and(back)
        })
        .await
    }

    fn rest(&self) -> io::Result<()> {
        let next = self.rests.with_extension("next");
        remove(&next)?;
        copy_folder(&self.runs, &next)?;
        // Cut short here, the cluster is made anew by the next run.
        remove(&self.rests)?;
        fs::rename(&next, &self.rests)
    }

    /// Throws it away.
    pub(super) async fn discard(self) -> Result<(), WorldError> {
        blocking(format!("remove {}", self.runs.display()), move || remove(&self.runs)).await
    }
}

/// The folder in memory for the running clusters of a cache; none where memory has no room for them.
pub(crate) fn room(cache: &Path) -> Option<PathBuf> {
    has_room().then(|| folder(cache)).flatten()
}

/// Removes what a killed keeper left in memory; nobody may be using it.
pub(crate) fn forget(cache: &Path) -> io::Result<()> {
    folder(cache).map_or(Ok(()), |folder| remove(&folder))
}

#[cfg(target_os = "linux")]
fn has_room() -> bool {
    use nix::sys::statfs::{TMPFS_MAGIC, statfs};
    statfs(MEMORY).is_ok_and(|found| {
        let block_bytes = u64::try_from(found.block_size()).unwrap_or(0);
        found.filesystem_type() == TMPFS_MAGIC && found.blocks_available() * block_bytes >= FREE_MIN_BYTES
    })
}

/// Where the running clusters of a cache are, when they are in memory.
#[cfg(target_os = "linux")]
pub(crate) fn folder(cache: &Path) -> Option<PathBuf> {
    let cache = cache.canonicalize().unwrap_or_else(|_| cache.to_owned());
    let name = hex::encode(&Sha256::digest(cache.as_os_str().as_encoded_bytes())[..8]);
    Some(Path::new(MEMORY).join(format!("harness-{}-{name}", geteuid())))
}

#[cfg(not(target_os = "linux"))]
fn has_room() -> bool {
    false
}

/// Where the running clusters of a cache are, when they are in memory.
#[cfg(not(target_os = "linux"))]
pub(crate) fn folder(_: &Path) -> Option<PathBuf> {
    None
}

/// The server runs as another user than whoever made the folder; others see nothing in it.
fn pass_through(folder: &Path) -> io::Result<()> {
    if fs::symlink_metadata(folder)?.uid() != geteuid().as_raw() {
        return Err(io::Error::other(format!("{} belongs to another user", folder.display())));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711))
}

/// Files and folders with their modes and owners; a cluster has nothing else.
fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), &to)?;
            keep_owner(&entry.path(), &to)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    keep_owner(from, to)
}

fn keep_owner(from: &Path, to: &Path) -> io::Result<()> {
    let owner = fs::metadata(from)?;
    if owner.uid() == fs::metadata(to)?.uid() {
        return Ok(());
    }
    chown(to, Some(owner.uid()), Some(owner.gid()))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

async fn blocking(
    what: String,
    work: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> Result<(), WorldError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(io::Error::other).and_then(|done| done).map_err(WorldError::io(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rests(folder: &Path, text: &str) -> PathBuf {
        let rests = folder.join("data-0");
        fs::create_dir_all(rests.join("base/1")).unwrap();
        fs::write(rests.join("base/1/7"), text).unwrap();
        fs::set_permissions(&rests, fs::Permissions::from_mode(0o700)).unwrap();
        rests
    }

    #[tokio::test]
    async fn what_ran_well_rests_on_disk_again_and_leaves_nothing_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let (rests, runs) = (rests(folder.path(), "before"), folder.path().join("memory/one"));
        let copy = Copy::of(&rests, runs.clone()).await.unwrap();
        assert_eq!(fs::metadata(copy.runs()).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(copy.runs().join("base/1/7"), "after").unwrap();
        copy.put_back().await.unwrap();
        assert_eq!(fs::read_to_string(rests.join("base/1/7")).unwrap(), "after");
        assert!(!runs.exists());
    }

    #[tokio::test]
    async fn what_a_dead_keeper_left_in_memory_is_never_taken_up() {
        let folder = tempfile::tempdir().unwrap();
        let (rests, runs) = (rests(folder.path(), "before"), folder.path().join("memory/one"));
        let left = Copy::of(&rests, runs.clone()).await.unwrap();
        fs::write(left.runs().join("base/1/7"), "half").unwrap();
        let copy = Copy::of(&rests, runs.clone()).await.unwrap();
        assert_eq!(fs::read_to_string(copy.runs().join("base/1/7")).unwrap(), "before");
        copy.discard().await.unwrap();
        assert_eq!(fs::read_to_string(rests.join("base/1/7")).unwrap(), "before");
        assert!(!runs.exists());
    }
}
