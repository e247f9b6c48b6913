//! What the keeper holds for each connected harness process, and how it is ended.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::sweep;
use crate::backend::docker;
use crate::backend::docker::marks::Owned;

/// One connected harness process.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Its run.
    pub(super) run: String,
    /// Its process, as the socket tells it.
    pub(super) pid: i32,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Its children's process groups.
    pub(super) groups: BTreeSet<i32>,
    /// Whether it has had the container engine make things.
    pub(super) engine: bool,
    /// Its logical Redis databases.
    pub(super) redis: BTreeSet<u32>,
}

impl Client {
    /// Ends all its children and removes its files. Returns what would not go.
    pub(super) async fn end(&self) -> Vec<String> {
        for group in &self.groups {
            // Most have ended long ago.
            let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
        }
        let mut left = self.end_containers().await;
        if self.folder.as_os_str().is_empty() {
            return left;
        }
        let processes = sweep::end_processes_below(&self.folder).await;
        left.extend(processes.into_iter().map(|process| format!("process {process}")));
        if self.folder.exists() && fs::remove_dir_all(&self.folder).is_err() {
            left.push(format!("folder {}", self.folder.display()));
        }
        left
    }

    async fn end_containers(&self) -> Vec<String> {
        if !self.engine {
            return Vec::new();
        }
        match docker::sweep::remove(&Owned::by_run(&self.run)).await {
            Ok(left) => left,
            Err(error) => vec![format!("containers of run {}: {error}", self.run)],
        }
    }

    /// Asks the harness process itself to end.
    pub(super) fn terminate(&self) {
        if self.pid > 1 {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGTERM);
        }
    }
}
