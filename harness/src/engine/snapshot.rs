//! Stored values that a step's observation is compared with, in the file format of `insta`, so that
//! `cargo insta review` accepts or rejects a change.
//!
//! What differs between two runs of the same world is redacted structurally: every UUID becomes
//! `[uuid 1]`, `[uuid 2]`, … in the order of appearance (so that "these two are the same" stays
//! visible), every RFC 3339 time `[time]`, and whatever the step names by JSON path.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use serde_json_path::JsonPath;
use thiserror::Error;

static UUID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
        .expect("a valid pattern")
});
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:?\d\d)").expect("a valid pattern")
});

/// What happens to a snapshot that does not match, as in `insta`'s `INSTA_UPDATE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Write `<name>.snap.new` beside it, for review.
    New,
    /// Overwrite it.
    Always,
    /// Write nothing.
    No,
}

impl Update {
    /// The mode asked for by `INSTA_UPDATE`; on a CI machine nothing is written unless asked for.
    #[must_use]
    pub fn from_env() -> Self {
        match std::env::var("INSTA_UPDATE").as_deref() {
            Ok("always" | "force") => Self::Always,
            Ok("no") => Self::No,
            Ok("new" | "unseen") => Self::New,
            _ if std::env::var_os("CI").is_some() => Self::No,
            _ => Self::New,
        }
    }
}

/// A snapshot could not be read or written, or a redaction is not a path.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The file system refused.
    #[error("snapshot {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A redaction's path is not RFC 9535.
    #[error("the redaction `{path}` is no JSONPath such as `$.id`: {reason}")]
    Path {
        /// The path as written.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

/// How a value compares with its snapshot.
#[derive(Debug, PartialEq, Eq)]
pub enum Compared {
    /// Equal, or accepted by `INSTA_UPDATE=always`.
    Same,
    /// There is no snapshot yet.
    Missing,
    /// It differs from this stored text.
    Differs {
        /// The stored text.
        stored: String,
    },
}

/// Compares `text` with the snapshot in `file`.
///
/// # Errors
/// When a file cannot be read or written.
pub fn compare(file: &Path, source: &str, text: &str, update: Update) -> Result<Compared, SnapshotError> {
    let stored = match std::fs::read_to_string(file) {
        Ok(content) => Some(contents(&content)),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
        Err(e) => return Err(io(file)(e)),
    };
    if stored.as_deref() == Some(text.trim_end()) {
        return Ok(Compared::Same);
    }
    let document = format!("---\nsource: {source}\n---\n{}\n", text.trim_end());
    match update {
        Update::Always => {
            write(file, &document)?;
            return Ok(Compared::Same);
        }
        Update::New => write(&file.with_extension("snap.new"), &document)?,
        Update::No => {}
    }
    Ok(stored.map_or(Compared::Missing, |stored| Compared::Differs { stored }))
}

/// The value as a snapshot stores it.
///
/// # Errors
/// When a redaction's path cannot be parsed.
pub fn redacted<'r>(
    value: &Value,
    rules: impl IntoIterator<Item = (&'r str, Value)>,
) -> Result<Value, SnapshotError> {
    let mut value = value.clone();
    for (path, replacement) in rules {
        let parsed = JsonPath::parse(path)
            .map_err(|e| SnapshotError::Path { path: path.to_owned(), reason: e.to_string() })?;
        let places: Vec<String> =
            parsed.query_located(&value).locations().map(|place| place.to_json_pointer()).collect();
        for place in places {
            if let Some(spot) = value.pointer_mut(&place) {
                *spot = replacement.clone();
            }
        }
    }
    let mut seen = Vec::new();
    settle(&mut value, &mut seen);
    Ok(value)
}

fn settle(value: &mut Value, seen: &mut Vec<String>) {
    match value {
        Value::String(text) => *text = settled(text, seen),
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, seen)),
        Value::Object(fields) => {
            let taken = std::mem::take(fields);
            for (key, mut field) in taken {
                let key = settled(&key, seen);
                settle(&mut field, seen);
                fields.insert(key, field);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn settled(text: &str, seen: &mut Vec<String>) -> String {
    let numbered = UUID.replace_all(text, |found: &regex::Captures<'_>| {
        let id = found[0].to_lowercase();
        let place = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
            seen.push(id);
            seen.len() - 1
        });
        format!("[uuid {}]", place + 1)
    });
    TIME.replace_all(&numbered, "[time]").into_owned()
}

/// What follows the front matter.
fn contents(document: &str) -> String {
    let body = document
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(document, |(_, body)| body);
    body.trim_end().to_owned()
}

fn write(file: &Path, document: &str) -> Result<(), SnapshotError> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(io(folder))?;
    }
    std::fs::write(file, document).map_err(io(file))
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SnapshotError {
    let path = path.to_owned();
    move |source| SnapshotError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_same_id_keeps_the_same_number_wherever_it_stands() {
        let (a, b) = ("8d7b4a4e-2c8e-4a9b-9a55-1f3a6f0e2a10", "00000000-0000-0000-0000-000000000001");
        let value = json!({ "id": a, "peers": [b, a], (b): format!("see /workspaces/{a}") });
        assert_eq!(
            redacted(&value, []).unwrap(),
            json!({
                "id": "[uuid 1]", "peers": ["[uuid 2]", "[uuid 1]"], "[uuid 2]": "see /workspaces/[uuid 1]"
            })
        );
    }

    #[test]
    fn times_and_named_paths_are_redacted() {
        let value = json!({ "at": "2026-05-01T02:03:04.5Z", "rows": [{ "took": 3 }, { "took": 9 }], "n": 1 });
        let rules = [("$.rows[*].took", json!("[ms]"))];
        assert_eq!(
            redacted(&value, rules).unwrap(),
            json!({ "at": "[time]", "rows": [{ "took": "[ms]" }, { "took": "[ms]" }], "n": 1 })
        );
        assert!(redacted(&value, [("rows", Value::Null)]).is_err());
    }

    #[test]
    fn a_new_snapshot_waits_for_review_and_an_accepted_one_is_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("deep/peers.snap");
        assert_eq!(compare(&file, "x.yaml", "one", Update::New).unwrap(), Compared::Missing);
        std::fs::rename(file.with_extension("snap.new"), &file).unwrap();
        assert_eq!(compare(&file, "x.yaml", "one\n", Update::New).unwrap(), Compared::Same);
        let differs = compare(&file, "x.yaml", "two", Update::No).unwrap();
        assert_eq!(differs, Compared::Differs { stored: "one".into() });
        assert!(!file.with_extension("snap.new").exists());
        assert_eq!(compare(&file, "x.yaml", "two", Update::Always).unwrap(), Compared::Same);
        assert_eq!(compare(&file, "x.yaml", "two", Update::No).unwrap(), Compared::Same);
    }
}
