//! `GET /internal/file/read?path=`: streams one regular file of the agent's disk to the platform.

use std::{
    fs::File,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use axum::{body::Body, response::Response};
use http::{HeaderValue, StatusCode, header, request::Parts};
use nix::fcntl::OFlag;
use tokio_util::io::ReaderStream;

use super::{
    disposition::attachment, file_path, inbound_auth, ingest::mime_of_name, ok, query_value, refused,
};
use crate::agent::{
    disk::{Disk, ROOTS},
    standin::Agent,
};

/// Why a file cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum Unreadable {
    Missing,
    NotRegular,
}

pub(super) async fn answer(agent: &Agent, parts: &Parts) -> Response {
    if !inbound_auth::is_platform(agent, &parts.headers) {
        return refused(StatusCode::UNAUTHORIZED, "unauthorized");
    }
    if let Some(forced) = agent.uploads().force.clone() {
        return super::ingest::forced(forced);
    }
    let path = query_value(parts.uri.query(), "path").unwrap_or_default();
    if let Err(error) = file_path::check(&path) {
        return refused(StatusCode::BAD_REQUEST, &error.to_string());
    }
    match open(agent.disk(), &path) {
        Ok((file, size)) => stream(&path, file, size),
        Err(Unreadable::Missing) => refused(StatusCode::NOT_FOUND, "file not found"),
        Err(Unreadable::NotRegular) => refused(StatusCode::BAD_REQUEST, "path is not a regular file"),
    }
}

/// Opens a regular file without following a link anywhere on the way: the folder must still lie
/// under its root once resolved, and the file itself is opened without following.
fn open(disk: &Disk, path: &str) -> Result<(File, u64), Unreadable> {
    if file_path::is_secret(path) {
        return Err(Unreadable::Missing);
    }
    if ROOTS.contains(&path) {
        return Err(Unreadable::NotRegular);
    }
    let real = disk.real(path);
    let root = root_of(disk, path);
    let parent = real.parent().map(Path::canonicalize).ok_or(Unreadable::Missing)?.map_err(unreadable)?;
    if !parent.starts_with(root.canonicalize().map_err(unreadable)?) {
        return Err(Unreadable::NotRegular);
    }
    let mut options = File::options();
    options.read(true).custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits());
    let file = options.open(parent.join(real.file_name().unwrap_or_default())).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if meta.is_file() { Ok((file, meta.len())) } else { Err(Unreadable::NotRegular) }
}

fn root_of(disk: &Disk, path: &str) -> PathBuf {
    let name = path[1..].split('/').next().unwrap_or_default();
    disk.real(name)
}

/// A link shows as a loop when it is not followed.
fn unreadable(error: io::Error) -> Unreadable {
    match error.raw_os_error() {
        Some(code) if code == nix::errno::Errno::ELOOP as i32 => Unreadable::NotRegular,
        _ if error.kind() == io::ErrorKind::NotFound => Unreadable::Missing,
        _ => Unreadable::NotRegular,
    }
}

fn stream(path: &str, file: File, size: u64) -> Response {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut response = ok(Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file))));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(mime_of_name(name)));
    headers.insert(header::CONTENT_LENGTH, size.into());
    if let Ok(value) = HeaderValue::from_str(&attachment(name)) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(disk: &Disk, path: &str) -> Result<u64, Unreadable> {
        open(disk, path).map(|(_, size)| size)
    }

    #[test]
    fn links_folders_and_secrets_are_no_files() {
        let disk = Disk::new(&std::env::temp_dir()).unwrap();
        disk.write("/workspace/a.txt", b"four").unwrap();
        disk.write("/configs/.auth_token", b"secret").unwrap();
        disk.symlink("/workspace/link", "/etc/passwd").unwrap();
        disk.symlink("/workspace/folder", "/etc").unwrap();
        disk.symlink("/workspace/sideways", "../configs").unwrap();
        assert_eq!(opened(&disk, "/workspace/a.txt"), Ok(4));
        assert_eq!(opened(&disk, "/workspace/none"), Err(Unreadable::Missing));
        assert_eq!(opened(&disk, "/configs/.auth_token"), Err(Unreadable::Missing));
        for path in [
            "/workspace",
            "/workspace/link",
            "/workspace/folder/passwd",
            "/workspace/sideways/.auth_token",
            "/workspace/folder",
        ] {
            assert_eq!(opened(&disk, path), Err(Unreadable::NotRegular), "{path}");
        }
    }
}
