//! A local Postgres for development and tests, so that one command starts the server on a fresh machine.
//!
//! Never on a tenant or in production: there a database that is not there is an error. Binaries of the
//! system are preferred ([`binaries`]); [`cluster`] runs them as an unprivileged user and ends them
//! with this process, however it ends.

mod binaries;
mod cluster;

use std::{io, path::PathBuf};

pub use cluster::{Cluster, Place};

/// Where the development cluster lives unless the operator says otherwise: the user's data folder,
/// and for root a folder that the unprivileged Postgres user can reach.
pub fn default_folder() -> PathBuf {
    let home = nix::unistd::User::from_uid(nix::unistd::geteuid()).ok().flatten().map(|user| user.dir);
    match home {
        Some(home) if !nix::unistd::geteuid().is_root() => {
            home.join(".local/share/workspace-server/postgres")
        }
        _ => PathBuf::from("/var/lib/workspace-server/postgres"),
    }
}

/// Why no local Postgres runs.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No binaries on this machine, and none could be fetched.
    #[error(
        "no Postgres binaries found and none could be fetched; install one, e.g. `apt-get install postgresql`"
    )]
    NoBinaries(#[source] Box<postgresql_embedded::Error>),
    /// Postgres refuses to run as root and there is nobody else to run it as.
    #[error("Postgres does not run as root, and this machine has no user `postgres` or `nobody`")]
    NoUser,
    /// A file or process of the cluster.
    #[error("{what}")]
    Io {
        /// What was being done.
        what: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// `initdb` said no.
    #[error("initdb failed: {0}")]
    Initdb(String),
    /// It runs, but nobody can connect.
    #[error("Postgres did not become ready; see {}", log.display())]
    NotReady {
        /// What Postgres wrote.
        log: PathBuf,
        /// The last refusal.
        #[source]
        source: server_store::DbError,
    },
}

impl EmbeddedError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}
