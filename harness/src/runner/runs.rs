//! Names of runs, and their logs below `.harness/runs/`.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::project::Project;

/// Logs that are kept; older ones go when a new one is made.
const LOGS_KEPT: usize = 100;

/// A name that sorts by time and that no other run has.
#[must_use]
pub fn name(now: DateTime<Utc>) -> String {
    format!("r-{}-{:04x}", now.format("%Y%m%d-%H%M%S"), rand::random::<u16>())
}

/// The path of a run's log; the oldest logs make room for it.
///
/// # Errors
/// When the folder cannot be read.
pub fn log(project: &Project, name: &str) -> io::Result<PathBuf> {
    let folder = project.runs();
    std::fs::create_dir_all(&folder)?;
    let mut logs: Vec<_> = std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    logs.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    logs.sort();
    for old in logs.iter().take((logs.len() + 1).saturating_sub(LOGS_KEPT)) {
        match std::fs::remove_file(old) {
            // Another run was faster.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(folder.join(format!("{name}.jsonl")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time() {
        let at = |text: &str| name(text.parse().unwrap());
        assert!(at("2026-06-14T09:00:00Z") < at("2026-06-14T09:00:01Z"));
        assert!(at("2026-06-14T09:00:00Z").starts_with("r-20260614-090000-"));
    }

    #[test]
    fn only_the_newest_logs_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::at(folder.path());
        std::fs::create_dir_all(project.runs()).unwrap();
        for number in 0..LOGS_KEPT + 20 {
            std::fs::write(project.runs().join(format!("r-{number:04}.jsonl")), "").unwrap();
        }
        let path = log(&project, "r-9999").unwrap();
        std::fs::write(&path, "").unwrap();
        let mut left: Vec<_> =
            std::fs::read_dir(project.runs()).unwrap().map(|entry| entry.unwrap().path()).collect();
        left.sort();
        assert_eq!(left.len(), LOGS_KEPT);
        assert_eq!(left.last(), Some(&path));
    }
}
