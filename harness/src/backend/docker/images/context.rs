//! What the engine builds an image from: the image's folder and its assembled file system, as one tar stream.

use std::{
    fs,
    io::{Cursor, Write},
    path::Path,
};

use super::{
    ImageError,
    rootfs::{Entry, Rootfs},
};

/// A build context.
pub(super) struct Context {
    /// The tar stream.
    pub(super) tar: Vec<u8>,
}

impl Context {
    /// Packs the image's folder (its `Dockerfile` and files beside it) and `rootfs/`.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) fn pack(folder: &Path, rootfs: &Rootfs) -> Result<Self, ImageError> {
        let mut tar = tar::Builder::new(Vec::new());
        for entry in walkdir::WalkDir::new(folder).sort_by_file_name().min_depth(1) {
            let path = entry.map_err(|error| ImageError::read(folder, error.into()))?.into_path();
            if path.is_file() {
                let name = path.strip_prefix(folder).expect("walked below the folder");
                let bytes = fs::read(&path).map_err(|error| ImageError::read(&path, error))?;
                append(&mut tar, name, 0o644, &bytes).map_err(|error| ImageError::read(&path, error))?;
            }
        }
        for (path, entry) in rootfs.entries() {
            let name = Path::new("rootfs").join(path.strip_prefix("/").unwrap_or(path));
            put(&mut tar, &name, entry).map_err(|error| ImageError::read(path, error))?;
        }
        let tar = tar.into_inner().map_err(|error| ImageError::read(folder, error))?;
        Ok(Self { tar })
    }
}

fn put(tar: &mut tar::Builder<Vec<u8>>, name: &Path, entry: &Entry) -> std::io::Result<()> {
    match entry {
        Entry::File(from, mode) => append(tar, name, *mode, &fs::read(from)?),
        Entry::Text(text) => append(tar, name, 0o644, text.as_bytes()),
        Entry::Folder(writable) => {
            let mut header = header(if *writable { 0o1777 } else { 0o755 }, tar::EntryType::Directory);
            tar.append_data(&mut header, name, Cursor::new([]))
        }
        Entry::Link(target) => {
            let mut header = header(0o777, tar::EntryType::Symlink);
            tar.append_link(&mut header, name, target)
        }
    }
}

fn append<W: Write>(tar: &mut tar::Builder<W>, name: &Path, mode: u32, bytes: &[u8]) -> std::io::Result<()> {
    let mut header = header(mode, tar::EntryType::Regular);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, name, Cursor::new(bytes))
}

/// Owner and time are fixed, so that equal files give an equal image.
fn header(mode: u32, kind: tar::EntryType) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(0);
    header
}
