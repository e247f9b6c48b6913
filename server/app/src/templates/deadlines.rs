//! Seconds that templates declare for provisioning, by runtime.
//!
//! Read once, when first asked: the canvas and the sweep must agree for as long as the process lives.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use super::config_file::ConfigFile;

#[derive(Clone, Debug, Default)]
pub(super) struct Declared(Arc<OnceLock<HashMap<String, u32>>>);

impl Declared {
    pub(super) fn of(&self, root: Option<&Path>, runtime: &str) -> Option<u32> {
        self.0.get_or_init(|| root.map(scan).unwrap_or_default()).get(runtime).copied()
    }
}

/// The largest declaration wins; whatever cannot be read declares nothing.
fn scan(root: &Path) -> HashMap<String, u32> {
    let mut found = HashMap::new();
    for entry in std::fs::read_dir(root).into_iter().flatten().flatten() {
        let file = ConfigFile::read_blocking(&entry.path().join("config.yaml"));
        if let Some((runtime, seconds)) = file.ok().and_then(ConfigFile::provision_timeout) {
            let longest = found.entry(runtime).or_insert(seconds);
            *longest = seconds.max(*longest);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Ledger: REG-45.
    #[test]
    fn the_longest_declaration_of_a_runtime_wins_and_bad_files_are_ignored() {
        let root = std::env::temp_dir().join(format!("templates-{}", uuid::Uuid::new_v4()));
        for (folder, text) in [
            ("one", "runtime: hermes\nruntime_config: {provision_timeout_seconds: 720}\n"),
            ("two", "runtime: hermes\nruntime_config: {provision_timeout_seconds: 1200}\n"),
            ("zero", "runtime: codex\nruntime_config: {provision_timeout_seconds: 0}\n"),
            ("negative", "runtime: codex\nruntime_config: {provision_timeout_seconds: -5}\n"),
            ("nameless", "runtime_config: {provision_timeout_seconds: 900}\n"),
            ("broken", "runtime: [\n"),
        ] {
            fs::create_dir_all(root.join(folder)).expect("folder");
            fs::write(root.join(folder).join("config.yaml"), text).expect("file");
        }
        fs::create_dir_all(root.join("empty")).expect("folder");
        fs::write(root.join("stray.yaml"), "runtime: openclaw").expect("file");
        assert_eq!(scan(&root), HashMap::from([("hermes".to_owned(), 1200)]));
        fs::remove_dir_all(&root).expect("clean up");
        assert!(scan(&root).is_empty(), "a missing folder declares nothing");
    }
}
