//! What a harness process and the keeper say to each other: one JSON object per line, strictly
//! request and reply.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Grows with every change of this file: a keeper of another version is replaced.
pub(super) const VERSION: u32 = 3;

/// What a harness process asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Who asks; always first.
    Hello {
        version: u32,
        run: String,
        /// The folder that is removed, and whose processes are killed, when the connection ends.
        folder: PathBuf,
    },
    /// The run has containers: what the engine holds of it is removed when the connection ends.
    Engine,
    /// The address of a cluster, started if need be.
    Cluster { name: String },
    /// The address of the Redis, started if need be.
    Redis { notify: Option<String> },
    /// A logical Redis database nobody uses.
    TakeRedisDatabase,
    /// Gives one back; it is emptied.
    GiveRedisDatabase { number: u32 },
    /// A process group to kill when the connection ends.
    Track { group: i32 },
    /// A process group that has ended.
    Untrack { group: i32 },
    /// Drops a database, in the background.
    DropDatabase { cluster: String, database: String },
    /// Ends every run and the keeper itself; answered when all is gone.
    Shutdown,
}

/// What the keeper answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// Done.
    Done,
    /// A cluster or a Redis: its address, with credentials.
    Address { url: String },
    /// A logical Redis database.
    Number { number: u32 },
    /// The runs that were ended.
    Ended { runs: Vec<String> },
    /// Something this machine lacks.
    Missing { what: String, fix: String },
    /// It could not be done.
    Failed { why: String },
}
