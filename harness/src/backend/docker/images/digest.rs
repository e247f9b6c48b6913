//! What an image would be built from now, as a digest.
//!
//! A program of this project counts by the digest of its sources, so that nothing has to be compiled to know
//! whether an image is fresh; a file of this machine counts by its content. Times count nowhere.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

use super::ImageError;
use super::rootfs::{Entry, Rootfs};

/// The length of a git commit id, as programs' digests have it.
const HEX_DIGITS: usize = 40;

/// The digest of an image's folder, of its programs' sources and of what it takes from the machine.
pub(super) fn of(
    folder: &Path,
    programs: &BTreeMap<String, String>,
    machine: &Rootfs,
) -> Result<String, ImageError> {
    let mut hash = Sha256::new();
    for entry in WalkDir::new(folder).sort_by_file_name().min_depth(1) {
        let path = entry.map_err(|error| ImageError::read(folder, error.into()))?.into_path();
        if path.is_file() {
            let name = path.strip_prefix(folder).unwrap_or(&path);
            frame(&mut hash, name.as_os_str().as_encoded_bytes());
            frame(&mut hash, &fs::read(&path).map_err(|error| ImageError::read(&path, error))?);
        }
    }
    for (name, digest) in programs {
        frame(&mut hash, name.as_bytes());
        frame(&mut hash, digest.as_bytes());
    }
    for (path, entry) in machine.entries() {
        frame(&mut hash, path.as_os_str().as_encoded_bytes());
        match entry {
            Entry::Folder(writable) => frame(&mut hash, &[u8::from(*writable)]),
            Entry::Text(text) => frame(&mut hash, text.as_bytes()),
            Entry::Link(target) => frame(&mut hash, target.as_os_str().as_encoded_bytes()),
            Entry::File(from, mode) => {
                frame(&mut hash, &mode.to_le_bytes());
                frame(&mut hash, &fs::read(from).map_err(|error| ImageError::read(from, error))?);
            }
        }
    }
    let mut hex = hex::encode(hash.finalize());
    hex.truncate(HEX_DIGITS);
    Ok(hex)
}

/// Length first, so that moving a byte between a name and a content changes the digest.
fn frame(hash: &mut Sha256, bytes: &[u8]) {
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_sources_and_machine_change_the_digest_and_nothing_else_does() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let programs = |digest: &str| BTreeMap::from([("stub".to_owned(), digest.to_owned())]);
        let digest = |sources: &str| of(folder.path(), &programs(sources), &Rootfs::default()).unwrap();
        write("Dockerfile", "FROM scratch");
        let first = digest("one");
        assert_eq!(first.len(), HEX_DIGITS);
        write("Dockerfile", "FROM scratch");
        assert_eq!(digest("one"), first);
        assert_ne!(digest("two"), first);
        write("Dockerfile", "FROM scratch\nUSER 1");
        assert_ne!(digest("one"), first);
    }
}
