//! Where things are kept on disk.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use sha2::{Digest as _, Sha256};

use crate::world::WorldError;

/// The usual cache of a project: one per user and project folder.
pub(crate) fn cache(root: &Path) -> PathBuf {
    std::env::temp_dir().join(format!("harness-{}-{}", geteuid(), project(root)))
}

/// A short name for a project folder, other than any other folder's on this machine.
pub(crate) fn project(root: &Path) -> String {
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    hex::encode(&Sha256::digest(root.as_os_str().as_encoded_bytes())[..4])
}

/// Makes the cache: others may pass through to files made for them, and see nothing else.
pub(crate) fn make_cache(cache: &Path) -> Result<(), WorldError> {
    let failed = || WorldError::io(format!("make {}", cache.display()));
    fs::create_dir_all(runs(cache)).map_err(failed())?;
    let owner = fs::symlink_metadata(cache).map_err(failed())?.uid();
    if owner != geteuid().as_raw() {
        return Err(WorldError::Prerequisite {
            what: format!("{} belongs to another user", cache.display()),
            fix: "remove it, or point HARNESS_CACHE at a folder of your own".into(),
        });
    }
    fs::set_permissions(cache, fs::Permissions::from_mode(0o711)).map_err(failed())?;
    fs::set_permissions(runs(cache), fs::Permissions::from_mode(0o700)).map_err(failed())
}

/// The folders of the runs that are alive.
pub(crate) fn runs(cache: &Path) -> PathBuf {
    cache.join("runs")
}

/// The folders of all clusters.
pub(crate) fn clusters(cache: &Path) -> PathBuf {
    cache.join("postgres")
}

/// The folder of one cluster.
pub(crate) fn cluster(cache: &Path, name: &str) -> PathBuf {
    clusters(cache).join(name)
}

/// Port leases, shared by all harnesses of this user's machine whatever their cache is.
pub(crate) fn ports() -> PathBuf {
    std::env::temp_dir().join(format!("harness-ports-{}", geteuid()))
}
