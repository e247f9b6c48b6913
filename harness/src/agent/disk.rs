//! An agent's disk: `/configs`, `/workspace`, `/home` and `/plugins` below a folder of its own.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use tempfile::TempDir;

/// Folders that exist and may be read from outside.
pub(super) const ROOTS: [&str; 4] = ["/configs", "/workspace", "/home", "/plugins"];
/// The agent's token at its platform.
pub(super) const AUTH_TOKEN: &str = "/configs/.auth_token";
/// The platform's secret at the agent.
pub(super) const INBOUND_SECRET: &str = "/configs/.platform_inbound_secret";

/// Where a polling agent is in its feed.
pub(super) const CURSOR: &str = "/configs/.inbox_cursor";

/// A private folder; it goes with the last agent that has it.
#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<TempDir>);

impl Disk {
    /// An empty disk with its roots.
    pub(super) fn new(folder: &Path) -> io::Result<Self> {
        let disk = Self(Arc::new(tempfile::Builder::new().prefix("agent-").tempdir_in(folder)?));
        for root in ROOTS {
            fs::create_dir(disk.real(root))?;
        }
        Ok(disk)
    }

    /// Where a path of the agent really lies. The caller has checked the path.
    pub(super) fn real(&self, path: &str) -> PathBuf {
        self.0.path().join(path.trim_start_matches('/'))
    }

    /// A stored secret; none when the file is missing, empty or unreadable.
    pub(super) fn secret(&self, path: &str) -> Option<String> {
        let text = fs::read_to_string(self.real(path)).ok()?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Replaces a secret in one step: a reader sees the old one or the new one, and nobody else
    /// sees either at any moment.
    pub(super) fn store_secret(&self, path: &str, secret: &str) -> io::Result<()> {
        let target = self.real(path);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut temporary = target.clone().into_os_string();
        temporary.push(".tmp");
        let temporary = PathBuf::from(temporary);
        // A file left by an earlier failure would keep its own mode.
        drop(fs::remove_file(&temporary));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
        file.write_all(secret.as_bytes())?;
        file.sync_all()?;
        fs::rename(&temporary, &target)
    }

    pub(super) fn remove(&self, path: &str) -> io::Result<()> {
        let real = self.real(path);
        match fs::symlink_metadata(&real) {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(real),
            Ok(_) => fs::remove_file(real),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn write(&self, path: &str, content: &[u8]) -> io::Result<()> {
        let real = self.real(path);
        create_parent(&real)?;
        fs::write(real, content)
    }

    /// A link whose target is written as it stands, so that it may lead anywhere.
    pub(super) fn symlink(&self, path: &str, target: &str) -> io::Result<()> {
        let real = self.real(path);
        create_parent(&real)?;
        std::os::unix::fs::symlink(target, real)
    }
}

fn create_parent(real: &Path) -> io::Result<()> {
    real.parent().map_or(Ok(()), fs::create_dir_all)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_private_from_its_first_byte_and_replaced_as_a_whole() {
        let disk = Disk::new(&std::env::temp_dir()).unwrap();
        assert_eq!(disk.secret(INBOUND_SECRET), None);
        for secret in ["first", "second"] {
            disk.store_secret(INBOUND_SECRET, secret).unwrap();
            assert_eq!(disk.secret(INBOUND_SECRET).as_deref(), Some(secret));
            let mode = fs::metadata(disk.real(INBOUND_SECRET)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        disk.remove(INBOUND_SECRET).unwrap();
        disk.remove(INBOUND_SECRET).unwrap();
        assert_eq!(disk.secret(INBOUND_SECRET), None);
    }
}
