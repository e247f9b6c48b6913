//! Finds the cases of a project by folder; nothing is registered.
//!
//! - [`replays`]: `replays/<area>/<name>.yaml`, one case per row of the matrix;
//! - [`corpora`]: `corpus/<protocol>/<class>/<name>.json`, one case per entry;
//! - [`goldens`]: `fixtures/golden/<family>/<name>.json`, one case per file;
//! - [`xfail`]: a case that fails when the list of expected failures is wrong.

mod corpora;
mod goldens;
mod replays;
mod xfail;

use std::io;
use std::path::{Path, PathBuf};

use harness_model::verdict::CaseId;

use super::case::{Case, Subject};
use crate::project::Project;

pub use corpora::filled_judge;

/// Folders and files of `replays/` that hold no replay.
const NOT_REPLAYS: [&str; 2] = ["ledger", "parts"];

/// Every case of the project, in the order of the names.
///
/// # Errors
/// When a folder cannot be read. A file that cannot be read is a case that fails.
pub fn cases(project: &Project) -> io::Result<Vec<Case>> {
    let mut cases = replays::find(project)?;
    cases.extend(corpora::find(project)?);
    cases.extend(goldens::find(project)?);
    cases.extend(xfail::find(project, &cases, chrono::Utc::now().date_naive()));
    cases.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(cases)
}

/// The entries of a folder by name; none when there is no such folder.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let read = match std::fs::read_dir(folder) {
        Ok(read) => read,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut paths = read.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    Ok(entries(folder)?.into_iter().filter(|path| path.is_dir()).collect())
}

/// The files of a folder with this extension, by name; none when there is no such folder.
pub(crate) fn files(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let is_wanted = |path: &PathBuf| path.is_file() && path.extension().is_some_and(|ext| ext == extension);
    Ok(entries(folder)?.into_iter().filter(is_wanted).collect())
}

/// File stem or folder name, made fit for a case name.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| fit(&stem.to_string_lossy())).unwrap_or_default()
}

/// A part of a case name: no blanks (filters and nextest split there) and no separator of its own.
fn fit(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    let fit = |c: char| if c.is_whitespace() || c.is_control() { '_' } else { c };
    text.replace("::", ":").chars().take(CHARS_MAX).map(fit).collect()
}

fn unreadable(id: CaseId, file: &Path, findings: impl Into<String>) -> Case {
    Case {
        id,
        tags: Vec::new(),
        file: file.to_owned(),
        subject: Subject::Unreadable { findings: findings.into() },
    }
}

#[cfg(test)]
mod tests;
