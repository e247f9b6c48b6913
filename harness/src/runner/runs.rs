//! Names of runs, and their logs below `.harness/runs/`.

use std::io;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::project::Project;

/// Runs that are kept; older ones go when a new one begins.
const LOGS_KEPT: usize = 20;

/// A name that sorts by time and that no other run has.
#[must_use]
pub fn name(now: DateTime<Utc>) -> String {
    // Runs of one second sort by their milliseconds; the rest tells apart those of one moment.
    let moment = now.format("%Y%m%d-%H%M%S-%3f");
    format!("r-{moment}-{:04x}", rand::random::<u16>())
}

/// The path of a run's log; the oldest logs make room for it.
///
/// # Errors
/// When the folder cannot be read.
pub fn log(project: &Project, name: &str) -> io::Result<PathBuf> {
    let folder = project.runs();
    std::fs::create_dir_all(&folder)?;
    let logs = kept(project)?;
    for old in logs.iter().take((logs.len() + 1).saturating_sub(LOGS_KEPT)) {
        // What its red cases left goes with it; most runs have none.
        let _ = std::fs::remove_dir_all(old.with_extension(""));
        match std::fs::remove_file(old) {
            // Another run was faster.
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(folder.join(format!("{name}.jsonl")))
}

/// The log of a run: `last`, `last~1` for the one before it, a kept run's name, or the path of a file.
///
/// # Errors
/// When the folder cannot be read.
pub fn find(project: &Project, named: &str) -> io::Result<Option<PathBuf>> {
    let back = match named.strip_prefix("last") {
        Some("") => Some(0),
        Some(rest) => rest.strip_prefix('~').and_then(|number| number.parse::<usize>().ok()),
        None => None,
    };
    let kept = kept(project)?;
    if let Some(back) = back {
        return Ok(kept.into_iter().rev().nth(back));
    }
    let file = PathBuf::from(named);
    if file.is_file() {
        return Ok(Some(file));
    }
    let is_it = |path: &PathBuf| path.file_stem().is_some_and(|stem| stem == named);
    Ok(kept.into_iter().find(is_it))
}

/// The logs that are kept, oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn kept(project: &Project) -> io::Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(project.runs()) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut logs: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    logs.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    logs.sort();
    Ok(logs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time() {
        let at = |text: &str| name(text.parse().unwrap());
        assert!(at("2026-06-14T09:00:00Z") < at("2026-06-14T09:00:01Z"));
        assert!(at("2026-06-14T09:00:00.007Z") < at("2026-06-14T09:00:00.011Z"));
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
