//! The user the database runs as: Postgres refuses to run as root.

use std::os::unix::fs::chown;
use std::path::Path;

use nix::unistd::{User, geteuid};
use tokio::process::Command;

use crate::world::WorldError;

/// The unprivileged user for a database of a root-run harness.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unprivileged {
    uid: u32,
    gid: u32,
}

impl Unprivileged {
    /// `postgres`, else `nobody`, when we are root; none when we are not.
    pub(super) fn find() -> Result<Option<Self>, WorldError> {
        if !geteuid().is_root() {
            return Ok(None);
        }
        for name in ["postgres", "nobody"] {
            if let Ok(Some(user)) = User::from_name(name) {
                return Ok(Some(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw() }));
            }
        }
        Err(WorldError::Prerequisite {
            what: "Postgres refuses to run as root, and there is no user `postgres` or `nobody`".into(),
            fix: "run as another user, or add a user `postgres`".into(),
        })
    }

    /// Runs a command as this user.
    pub(super) fn run_as(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Gives a file or folder to this user.
    pub(super) fn own(self, path: &Path) -> Result<(), WorldError> {
        chown(path, Some(self.uid), Some(self.gid))
            .map_err(WorldError::io(format!("give {} to the database user", path.display())))
    }
}
