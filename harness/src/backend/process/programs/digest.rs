//! The digest of a program's sources.
//!
//! Names and contents count, times do not: a fresh checkout has the digest of the old one.

use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use crate::world::WorldError;

/// The length of a git commit id, so that the digest fits where one is expected.
const HEX_DIGITS: usize = 40;

/// The digest of files and folders under `root`, and of what else shapes the build.
pub(super) fn of(root: &Path, sources: &[String], features: &[String]) -> Result<String, WorldError> {
    let mut files: Vec<PathBuf> = Vec::new();
    for source in sources {
        let path = root.join(source);
        if !path.exists() {
            let what = format!("the source `{source}` of a program does not exist in {}", root.display());
            let fix = "name a file or folder of the project under `sources` of the program in its topology";
            return Err(WorldError::Prerequisite { what, fix: fix.into() });
        }
        let entries = WalkDir::new(&path)
            .into_iter()
            .filter_entry(|entry| entry.depth() == 0 || !skipped(entry.path()));
        files.extend(entries.flatten().filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path));
    }
    files.sort();
    files.dedup();
    let mut hash = Sha256::new();
    for feature in features {
        frame(&mut hash, feature.as_bytes());
    }
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file);
        frame(&mut hash, name.as_os_str().as_encoded_bytes());
        let content = fs::read(&file).map_err(WorldError::io(format!("read {}", file.display())))?;
        frame(&mut hash, &content);
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(HEX_DIGITS);
    Ok(hex)
}

/// The digest of one file.
pub(super) fn of_file(file: &Path) -> Result<String, WorldError> {
    let content = fs::read(file).map_err(WorldError::io(format!("read {}", file.display())))?;
    let mut hex = hex::encode(Sha256::digest(content));
    hex.truncate(HEX_DIGITS);
    Ok(hex)
}

/// Length first, so that moving a byte between a name and a content changes the digest.
fn frame(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

fn skipped(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "target" || (name.starts_with('.') && name.len() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_and_names_change_the_digest_and_nothing_else_does() {
        let root = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(root.path().join(name), text).unwrap();
        let digest = || of(root.path(), &[".".into()], &[]).unwrap();
        write("a", "one");
        let first = digest();
        assert_eq!(first.len(), HEX_DIGITS);
        write("a", "one");
        assert_eq!(digest(), first);
        write("a", "two");
        let second = digest();
        assert_ne!(second, first);
        fs::rename(root.path().join("a"), root.path().join("b")).unwrap();
        assert_ne!(digest(), second);
        assert_ne!(of(root.path(), &[".".into()], &["witness".into()]).unwrap(), digest());
    }

    #[test]
    fn a_source_that_does_not_exist_is_an_error() {
        let root = tempfile::tempdir().unwrap();
        let error = of(root.path(), &["gone".into()], &[]).unwrap_err();
        assert!(error.to_string().contains("`gone`"), "{error}");
    }
}
