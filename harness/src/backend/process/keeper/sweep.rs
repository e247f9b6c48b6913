//! Finding and ending what a dead run left behind.
//!
//! A child that was started but not yet reported is still found: it works inside the folder of
//! its run, and the kernel tells every process's working directory.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::backend::docker;
use crate::backend::docker::marks::Owned;
use crate::backend::process::postgres::memory;
use crate::world::WorldError;

/// How long killed processes may take to be gone: on a machine that is short of everything, a database takes its time.
const GONE_WITHIN: Duration = Duration::from_secs(30);

/// Kills whatever works in a cache or in what it keeps in memory, and waits until none of it is left.
///
/// Returns what would not go.
pub(crate) async fn end_processes_of(cache: &Path) -> Vec<i32> {
    let mut left = end_processes_below(cache).await;
    if let Some(memory) = memory::folder(cache) {
        left.extend(end_processes_below(&memory).await);
    }
    left
}

/// Kills every process that works below a folder and waits until none is left.
///
/// Returns what would not go.
pub(crate) async fn end_processes_below(folder: &Path) -> Vec<i32> {
    let deadline = Instant::now() + GONE_WITHIN;
    loop {
        let left = processes_below(folder);
        if left.is_empty() || Instant::now() > deadline {
            return left;
        }
        for process in left {
            // It may end by itself in between.
            let _ = kill(Pid::from_raw(process), Signal::SIGKILL);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The processes whose working directory is a folder or lies below it; none where `/proc` is not.
pub(crate) fn processes_below(folder: &Path) -> Vec<i32> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let own = i32::try_from(std::process::id()).ok();
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|process| Some(*process) != own)
        .filter(|process| {
            let cwd = fs::read_link(format!("/proc/{process}/cwd"));
            cwd.is_ok_and(|cwd| cwd.starts_with(folder))
        })
        .collect()
}

/// A process as a person knows it: its number and its program. Not its arguments, which may be secret.
pub(crate) fn named(process: i32) -> String {
    let program = fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
    format!("process {process} ({})", program.trim())
}

/// Says that runs of this cache have containers: only then is an engine asked what is left of them.
const CONTAINERS_FILE: &str = "containers";

/// Notes that a run is going to have containers.
pub(crate) fn expect_containers(cache: &Path) -> Result<(), WorldError> {
    let note = cache.join(CONTAINERS_FILE);
    fs::write(&note, "").map_err(WorldError::io(format!("write {}", note.display())))
}

/// Removes what runs of this cache left in the engine; nobody may be using any of it. Returns what would not go.
pub(crate) async fn end_containers(cache: &Path) -> Result<Vec<String>, WorldError> {
    let note = cache.join(CONTAINERS_FILE);
    if !note.exists() {
        return Ok(Vec::new());
    }
    let left = docker::sweep::remove(&Owned::by_project(cache)).await?;
    if left.is_empty() {
        let _ = fs::remove_file(note);
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_process_below_the_folder_is_ended_and_others_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("world");
        fs::create_dir(&inside).unwrap();
        let sleeper = |cwd: &Path| {
            tokio::process::Command::new("sleep")
                .arg("1000")
                .current_dir(cwd)
                .kill_on_drop(true)
                .spawn()
                .unwrap()
        };
        let (mut victim, mut bystander) = (sleeper(&inside), sleeper(&std::env::temp_dir()));
        let reaper = tokio::spawn(async move { victim.wait().await });
        assert_eq!(end_processes_below(folder.path()).await, Vec::<i32>::new());
        assert!(!reaper.await.unwrap().unwrap().success());
        assert!(bystander.try_wait().unwrap().is_none());
    }
}
