//! Files on their way into a container: tar archives, unpacked by the engine below a folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bollard::{body_full, query_parameters::UploadToContainerOptionsBuilder};
use tar::{Builder, EntryType, Header};

use super::{ConfigFiles, Docker, DockerError};

pub(super) const CONFIGS: &str = "/configs";
/// Files that a shell or an interpreter reads: a carriage return breaks them.
const UNIX_TEXT: [&str; 3] = ["sh", "py", "md"];
const PUBLIC: u32 = 0o644;
const SECRET: u32 = 0o600;
const FOLDER: u32 = 0o755;

/// Modes of the files of one archive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    /// Everybody in the container may read.
    Public,
    /// Only its superuser may.
    Secret,
}

impl Docker {
    /// Unpacks an archive below `/configs`; the container need not run.
    pub(super) async fn upload(&self, container: &str, archive: Vec<u8>) -> Result<(), DockerError> {
        let options = UploadToContainerOptionsBuilder::new().path(CONFIGS).build();
        let sent = self.engine.upload_to_container(container, Some(options), body_full(archive.into())).await;
        sent.map_err(DockerError::of(format!("copy files into {container}")))
    }
}

/// An archive of files, with the folders they are in.
pub(super) fn of_files(files: &ConfigFiles, mode: Mode) -> io::Result<Vec<u8>> {
    let mut archive = Builder::new(Vec::new());
    let mut folders: Vec<&Path> = files.keys().flat_map(|path| Path::new(path).ancestors().skip(1)).collect();
    folders.sort();
    folders.dedup();
    for folder in folders.into_iter().filter(|folder| !folder.as_os_str().is_empty()) {
        append_folder(&mut archive, folder)?;
    }
    let mode = match mode {
        Mode::Public => PUBLIC,
        Mode::Secret => SECRET,
    };
    for (path, content) in files {
        append_file(&mut archive, Path::new(path), content, mode)?;
    }
    archive.into_inner()
}

/// An archive of a template's folder. Links are left out: they would point to files of the host.
pub(super) async fn of_folder(root: PathBuf) -> io::Result<Vec<u8>> {
    let packed = tokio::task::spawn_blocking(move || {
        let mut archive = Builder::new(Vec::new());
        append_below(&mut archive, &root, Path::new(""))?;
        archive.into_inner()
    });
    packed.await.map_err(io::Error::other)?
}

fn append_below(archive: &mut Builder<Vec<u8>>, root: &Path, below: &Path) -> io::Result<()> {
    let mut entries = fs::read_dir(root.join(below))?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = below.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            append_folder(archive, &path)?;
            append_below(archive, root, &path)?;
        } else if kind.is_file() {
            let content = unix_text(&path, fs::read(entry.path())?);
            append_file(archive, &path, &content, mode_of(&entry.metadata()?))?;
        }
    }
    Ok(())
}

fn unix_text(path: &Path, content: Vec<u8>) -> Vec<u8> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    if !UNIX_TEXT.contains(&extension) {
        return content;
    }
    let mut next = content.iter().skip(1).copied();
    let kept = content.iter().copied().filter(|&byte| {
        let follower = next.next();
        byte != b'\r' || follower != Some(b'\n')
    });
    kept.collect()
}

#[cfg(unix)]
fn mode_of(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    PUBLIC | (metadata.permissions().mode() & 0o111)
}

#[cfg(not(unix))]
fn mode_of(_: &fs::Metadata) -> u32 {
    PUBLIC
}

fn append_folder(archive: &mut Builder<Vec<u8>>, path: &Path) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_entry_type(EntryType::Directory);
    header.set_mode(FOLDER);
    header.set_size(0);
    archive.append_data(&mut header, path, io::empty())
}

fn append_file(archive: &mut Builder<Vec<u8>>, path: &Path, content: &[u8], mode: u32) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    archive.append_data(&mut header, path, content)
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    /// `path mode content` of every entry.
    fn listed(archive: &[u8]) -> Vec<String> {
        let mut archive = tar::Archive::new(archive);
        let entries = archive.entries().expect("an archive").map(|entry| {
            let mut entry = entry.expect("an entry");
            let mut content = String::new();
            entry.read_to_string(&mut content).expect("text");
            let mode = entry.header().mode().expect("a mode");
            format!("{} {mode:o} {content:?}", entry.path().expect("a path").display())
        });
        entries.collect()
    }

    #[test]
    fn files_bring_their_folders_along() {
        let files = ConfigFiles::from([
            ("config.yaml".to_owned(), b"a: 1".to_vec()),
            ("skills/x/SKILL.md".to_owned(), b"x".to_vec()),
        ]);
        let archive = of_files(&files, Mode::Public).expect("packs");
        assert_eq!(
            listed(&archive),
            [
                "skills 755 \"\"",
                "skills/x 755 \"\"",
                "config.yaml 644 \"a: 1\"",
                "skills/x/SKILL.md 644 \"x\""
            ]
        );
        let token = ConfigFiles::from([(".auth_token".to_owned(), b"hush".to_vec())]);
        assert_eq!(listed(&of_files(&token, Mode::Secret).expect("packs")), [".auth_token 600 \"hush\""]);
    }

    #[test]
    fn no_file_can_climb_out_of_the_folder() {
        for path in ["../etc/passwd", "a/../../b"] {
            let files = ConfigFiles::from([(path.to_owned(), b"x".to_vec())]);
            assert!(of_files(&files, Mode::Public).is_err(), "{path}");
        }
    }

    #[tokio::test]
    async fn a_template_is_copied_with_unix_line_ends_and_without_links() {
        let root = std::env::temp_dir().join(format!("template-{}", uuid::Uuid::new_v4()));
        fs::create_dir_all(root.join("bin")).expect("a folder");
        fs::write(root.join("bin/start.sh"), "a\r\nb\rc\r\n").expect("a file");
        fs::write(root.join("config.yaml"), "a\r\n").expect("a file");
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", root.join("link")).expect("a link");
        let archive = of_folder(root.clone()).await.expect("packs");
        assert_eq!(
            listed(&archive),
            ["bin 755 \"\"", "bin/start.sh 644 \"a\\nb\\rc\\n\"", "config.yaml 644 \"a\\r\\n\""]
        );
        fs::remove_dir_all(root).expect("our own folder");
    }
}
