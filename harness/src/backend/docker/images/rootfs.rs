//! The file system of an image, assembled from files of this machine.
//!
//! A container image needs no distribution: an executable, the shared libraries it loads, its data files and
//! a user table are enough. Everything is read through the machine's package files, so what runs in the
//! container is what the machine's packages installed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use harness_model::image::Image;

use super::ImageError;

/// One entry of an image's file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// A folder; true when every user may write to it.
    Folder(bool),
    /// A file of this machine and its mode.
    File(PathBuf, u32),
    /// A text made here.
    Text(String),
    /// A symbolic link and its target.
    Link(PathBuf),
}

/// An image's file system: absolute path to entry.
#[derive(Clone, Debug, Default)]
pub(super) struct Rootfs {
    entries: BTreeMap<PathBuf, Entry>,
}

impl Rootfs {
    /// Gathers what the image takes from this machine.
    ///
    /// # Errors
    /// When a named file does not exist here, with the package that brings it.
    pub(super) fn of_machine(image: &Image) -> Result<Self, ImageError> {
        let mut rootfs = Self::default();
        let mut loadable = BTreeSet::new();
        let without = patterns(image)?;
        for path in expand(image, &image.programs)? {
            if !without.iter().any(|pattern| pattern.matches_path(&path)) {
                rootfs.copy(&path)?;
                loadable.insert(path);
            }
        }
        for tree in expand(image, &image.trees)? {
            for entry in walkdir::WalkDir::new(&tree).sort_by_file_name() {
                let path = entry.map_err(|error| ImageError::read(&tree, error.into()))?.into_path();
                if !without.iter().any(|pattern| path.ancestors().any(|part| pattern.matches_path(part))) {
                    rootfs.copy(&path)?;
                }
            }
        }
        for library in libraries(&loadable)? {
            rootfs.copy_file(&library)?;
        }
        for (path, target) in image.links.iter() {
            rootfs.put(path, Entry::Link(target.into()));
        }
        for folder in &image.writable {
            rootfs.put(folder, Entry::Folder(true));
        }
        rootfs.put("/etc/passwd", Entry::Text(table(image, "/:/sbin/nologin")));
        rootfs.put("/etc/group", Entry::Text(table(image, "")));
        // Without it the C library asks the name server before the file that has `localhost`.
        rootfs.put("/etc/nsswitch.conf", Entry::Text("hosts: files dns\n".into()));
        Ok(rootfs)
    }

    /// Adds programs of this project, name to file, with the libraries they load.
    ///
    /// # Errors
    /// When one of them does not exist.
    pub(super) fn add_programs(&mut self, programs: &BTreeMap<String, PathBuf>) -> Result<(), ImageError> {
        for (name, path) in programs {
            let mode = mode_of(path).map_err(|error| ImageError::read(path, error))?;
            self.put(format!("/usr/local/bin/{name}"), Entry::File(path.clone(), mode));
        }
        for library in libraries(&programs.values().cloned().collect())? {
            self.copy_file(&library)?;
        }
        Ok(())
    }

    /// Path and entry, folders before what they hold.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&Path, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_path(), entry))
    }

    fn put(&mut self, path: impl Into<PathBuf>, entry: Entry) {
        let path = path.into();
        for folder in path.ancestors().skip(1).filter(|folder| folder.parent().is_some()) {
            self.entries.entry(folder.into()).or_insert(Entry::Folder(false));
        }
        self.entries.insert(path, entry);
    }

    /// A link stays a link, a folder is made, a file is taken.
    fn copy(&mut self, path: &Path) -> Result<(), ImageError> {
        let about = fs::symlink_metadata(path).map_err(|error| ImageError::read(path, error))?;
        if about.is_symlink() {
            let target = fs::read_link(path).map_err(|error| ImageError::read(path, error))?;
            self.put(path, Entry::Link(target));
            Ok(())
        } else if about.is_dir() {
            self.put(path, Entry::Folder(false));
            Ok(())
        } else {
            self.copy_file(path)
        }
    }

    fn copy_file(&mut self, path: &Path) -> Result<(), ImageError> {
        let mode = mode_of(path).map_err(|error| ImageError::read(path, error))?;
        let real = fs::canonicalize(path).map_err(|error| ImageError::read(path, error))?;
        self.put(path, Entry::File(real, mode));
        Ok(())
    }
}

fn mode_of(path: &Path) -> std::io::Result<u32> {
    Ok(fs::metadata(path)?.permissions().mode() & 0o777)
}

/// `/etc/passwd` or `/etc/group`: root and the image's own users.
fn table(image: &Image, tail: &str) -> String {
    let root = ("root", 0);
    let users = image.users.iter().map(|(name, id)| (name, *id));
    let line = |(name, id): (&str, u64)| match tail {
        "" => format!("{name}:x:{id}:\n"),
        tail => format!("{name}:x:{id}:{id}::{tail}\n"),
    };
    std::iter::once(root).chain(users).map(line).collect()
}

/// What is left out of an image.
fn patterns(image: &Image) -> Result<Vec<glob::Pattern>, ImageError> {
    image
        .without
        .iter()
        .map(|text| glob::Pattern::new(text).map_err(|error| ImageError::glob(image, text, &error)))
        .collect()
}

/// The paths behind globs; a glob without a match names a missing package.
fn expand(image: &Image, globs: &[String]) -> Result<Vec<PathBuf>, ImageError> {
    let mut paths = Vec::new();
    for text in globs {
        let found = glob::glob(text).map_err(|error| ImageError::glob(image, text, &error))?;
        let before = paths.len();
        paths.extend(found.filter_map(Result::ok));
        if paths.len() == before {
            return Err(ImageError::missing(image, text));
        }
    }
    Ok(paths)
}

/// Every shared library that the given executables and libraries load, by the dynamic loader's own account.
fn libraries(programs: &BTreeSet<PathBuf>) -> Result<BTreeSet<PathBuf>, ImageError> {
    let mut found = BTreeSet::new();
    for program in programs {
        let output =
            Command::new("ldd").arg(program).output().map_err(|error| ImageError::read(program, error))?;
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let path = line.split("=>").last().unwrap_or(line).split_whitespace().next().unwrap_or_default();
            if path.starts_with('/') {
                found.insert(path.into());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(text: &str) -> Image {
        let (image, _) = Image::read(harness_model::yaml::Source::new("image.yaml", text));
        image.expect("the image reads")
    }

    #[test]
    fn a_program_comes_with_the_libraries_it_loads() {
        let shell = BTreeMap::from([("shell".to_owned(), PathBuf::from("/bin/dash"))]);
        let mut ours = Rootfs::of_machine(&image("image: shell\n")).unwrap();
        ours.add_programs(&shell).unwrap();
        let theirs = Rootfs::of_machine(&image("image: shell\nprograms: [/bin/dash]\n")).unwrap();
        for rootfs in [ours, theirs] {
            let paths: Vec<_> =
                rootfs.entries().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
            assert!(paths.iter().any(|path| path.ends_with("/libc.so.6")), "{paths:?}");
            assert!(paths.iter().any(|path| path.contains("/ld-linux")), "{paths:?}");
        }
    }

    #[test]
    fn a_missing_file_names_the_package_that_brings_it() {
        let image = image("image: x\npackages: [postgresql]\nprograms: [/nowhere/*/postgres]\n");
        let error = Rootfs::of_machine(&image).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/*/postgres") && error.contains("apt-get install postgresql"),
            "{error}"
        );
    }

    #[test]
    fn folders_come_before_what_they_hold() {
        let rootfs = Rootfs::of_machine(&image("image: x\nwritable: [/var/lib/x]\n")).unwrap();
        let paths: Vec<_> = rootfs.entries().map(|(path, _)| path.to_string_lossy().into_owned()).collect();
        let wanted = ["/etc", "/etc/group", "/etc/nsswitch.conf", "/etc/passwd", "/var", "/var/lib"];
        assert_eq!(paths[..6], wanted);
        assert_eq!(paths[6..], ["/var/lib/x"]);
    }
}
