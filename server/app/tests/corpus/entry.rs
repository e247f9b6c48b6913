//! A corpus file: the request body, and the metadata beside it.

use std::{fs, path::PathBuf};

use serde_json::{Map, Value};

/// One entry of `valid/`, `invalid/` or `bypass/`.
pub(crate) struct Entry {
    pub(crate) name: String,
    /// The keys that start with `_`.
    pub(crate) meta: Map<String, Value>,
    /// The request body without them.
    pub(crate) body: Value,
}

impl Entry {
    /// What the agent must receive; `unchanged` reads as the body itself.
    pub(crate) fn expected(&self) -> &Value {
        match &self.meta["_expect_forwarded"] {
            Value::String(word) if word == "unchanged" => &self.body,
            expected => expected,
        }
    }
}

/// The folder of the corpus.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../corpus/a2a")
}

/// Every entry of one class, by name.
pub(crate) fn load(class: &str) -> Vec<Entry> {
    let mut paths: Vec<PathBuf> = fs::read_dir(root().join(class))
        .expect("the corpus folder is part of the repository")
        .map(|file| file.expect("readable folder").path())
        .collect();
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Entry {
    let text = fs::read_to_string(&path).expect("readable entry");
    let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    let whole: Map<String, Value> =
        serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (meta, body) = whole.into_iter().partition(|(key, _)| key.starts_with('_'));
    Entry { name, meta, body: Value::Object(body) }
}
