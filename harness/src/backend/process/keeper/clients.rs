//! What the keeper holds for each connected harness process, and how it is ended.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use super::sweep;

/// One connected harness process.
#[derive(Debug, Default)]
pub(super) struct Client {
    /// Its run.
    pub(super) run: String,
    /// Its process.
    pub(super) pid: i32,
    /// Its folder.
    pub(super) folder: PathBuf,
    /// Its children's process groups.
    pub(super) groups: BTreeSet<i32>,
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
        if self.folder.as_os_str().is_empty() {
            return Vec::new();
        }
        let left = sweep::end_processes_below(&self.folder).await;
        let mut left: Vec<String> = left.into_iter().map(|process| format!("process {process}")).collect();
        if self.folder.exists() && fs::remove_dir_all(&self.folder).is_err() {
            left.push(format!("folder {}", self.folder.display()));
        }
        left
    }

    /// Asks the harness process itself to end.
    pub(super) fn terminate(&self) {
        if self.pid > 1 {
            let _ = kill(Pid::from_raw(self.pid), Signal::SIGTERM);
        }
    }
}
