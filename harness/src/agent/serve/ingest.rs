//! `POST /internal/chat/uploads/ingest`: takes files from the platform onto the agent's disk.
//!
//! Caps are counted while the body streams, never read from what a header declares. A request that
//! fails leaves nothing behind.

use std::{path::PathBuf, time::Duration};

use axum::response::Response;
use futures_util::StreamExt;
use http::{StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use multer::Multipart;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::{fs::OpenOptions, io::AsyncWriteExt};
use uuid::Uuid;

use super::{inbound_auth, refused, safe_name::safe_name};
use crate::agent::{behaviour::json_response, journal::StoredFile, settings::Forced, standin::Agent};

/// Cap of one request and of one file.
pub(in crate::agent) const UPLOAD_BYTES_MAX: u64 = 100 * 1024 * 1024;
const FOLDER: &str = "/workspace/.molecule/chat-uploads";
const FIELD: &str = "files";

/// Why an upload is refused.
#[derive(Debug)]
enum UploadRefused {
    Unparsable,
    NoFile,
    FileTooLarge(String),
    TotalTooLarge,
    Disk,
}

pub(super) async fn answer(agent: &Agent, parts: &Parts, body: Incoming) -> Response {
    let uploads = agent.uploads().clone();
    if !inbound_auth::is_platform(agent, &parts.headers) {
        return refused(StatusCode::UNAUTHORIZED, "unauthorized");
    }
    if let Some(answer) = uploads.force {
        return forced(answer);
    }
    let mut written = Vec::new();
    let pace = Duration::from_millis(uploads.slow_read_ms);
    match receive(agent, parts, body, pace, &mut written).await {
        Ok(files) => {
            let shown: Vec<Value> = files.iter().map(shown).collect();
            agent.journal().stored(files);
            json_response(&json!({ "files": shown }))
        }
        Err(error) => {
            for path in written {
                drop(tokio::fs::remove_file(path).await);
            }
            error.answer()
        }
    }
}

/// A stored file as the platform learns of it; the digest is for the harness alone.
fn shown(file: &StoredFile) -> Value {
    json!({ "uri": file.uri, "name": file.name, "mimeType": file.mime_type, "size": file.size })
}

/// A forced answer, for both chat-file endpoints.
pub(super) fn forced(forced: Forced) -> Response {
    match forced {
        Forced::Status(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            refused(status, "forced by the replay")
        }
        Forced::Answer { status, body } => {
            let mut response = match body {
                Value::String(text) => Response::new(text.into()),
                json => json_response(&json),
            };
            *response.status_mut() =
                StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            response
        }
    }
}

async fn receive(
    agent: &Agent,
    parts: &Parts,
    body: Incoming,
    pace: Duration,
    written: &mut Vec<PathBuf>,
) -> Result<Vec<StoredFile>, UploadRefused> {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = content_type.and_then(|value| multer::parse_boundary(value).ok());
    let boundary = boundary.ok_or(UploadRefused::Unparsable)?;
    let stream = body.into_data_stream().then(move |chunk| async move {
        tokio::time::sleep(pace).await;
        chunk
    });
    let mut form = Multipart::new(stream, boundary);
    let (mut files, mut total) = (Vec::new(), 0);
    while let Some(field) = form.next_field().await.map_err(|_| UploadRefused::Unparsable)? {
        if field.name() == Some(FIELD) {
            files.push(store(agent, field, &mut total, written).await?);
        } else {
            skip(field, &mut total).await?;
        }
    }
    if files.is_empty() { Err(UploadRefused::NoFile) } else { Ok(files) }
}

async fn store(
    agent: &Agent,
    mut field: multer::Field<'_>,
    total: &mut u64,
    written: &mut Vec<PathBuf>,
) -> Result<StoredFile, UploadRefused> {
    let given = field.file_name().unwrap_or_default().to_owned();
    let name = safe_name(&given);
    let mime_type = field.content_type().map_or_else(|| mime_of_name(&name).to_owned(), ToString::to_string);
    let path = format!("{FOLDER}/{}-{name}", Uuid::new_v4().simple());
    let real = agent.disk().real(&path);
    tokio::fs::create_dir_all(agent.disk().real(FOLDER)).await.map_err(|_| UploadRefused::Disk)?;
    // `create_new` neither overwrites nor follows a link.
    let opened = OpenOptions::new().write(true).create_new(true).open(&real).await;
    let mut file = opened.map_err(|_| UploadRefused::Disk)?;
    written.push(real);
    let (mut size, mut digest) = (0_u64, Sha256::new());
    while let Some(chunk) = field.chunk().await.map_err(|_| UploadRefused::Unparsable)? {
        size += chunk.len() as u64;
        *total += chunk.len() as u64;
        if size > UPLOAD_BYTES_MAX {
            return Err(UploadRefused::FileTooLarge(name));
        }
        if *total > UPLOAD_BYTES_MAX {
            return Err(UploadRefused::TotalTooLarge);
        }
        digest.update(&chunk);
        file.write_all(&chunk).await.map_err(|_| UploadRefused::Disk)?;
    }
    file.flush().await.map_err(|_| UploadRefused::Disk)?;
    let sha256 = hex::encode(digest.finalize());
    Ok(StoredFile { uri: format!("workspace:{path}"), name, mime_type, size, sha256 })
}

/// Other fields count towards the total and are forgotten.
async fn skip(mut field: multer::Field<'_>, total: &mut u64) -> Result<(), UploadRefused> {
    while let Some(chunk) = field.chunk().await.map_err(|_| UploadRefused::Unparsable)? {
        *total += chunk.len() as u64;
        if *total > UPLOAD_BYTES_MAX {
            return Err(UploadRefused::TotalTooLarge);
        }
    }
    Ok(())
}

impl UploadRefused {
    fn answer(self) -> Response {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Self::Unparsable => refused(bad, "failed to parse multipart form"),
            Self::NoFile => refused(bad, "expected at least one 'files' field"),
            Self::FileTooLarge(name) => {
                refused(StatusCode::PAYLOAD_TOO_LARGE, &format!("{name} exceeds per-file limit (100 MB)"))
            }
            Self::TotalTooLarge => {
                refused(StatusCode::PAYLOAD_TOO_LARGE, "upload exceeds total limit (100 MB)")
            }
            Self::Disk => refused(StatusCode::INTERNAL_SERVER_ERROR, "failed to store the upload"),
        }
    }
}

/// The type that an extension suggests.
pub(in crate::agent) fn mime_of_name(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref().unwrap_or_default() {
        "txt" | "log" => "text/plain",
        "md" => "text/markdown",
        "html" | "htm" => "text/html",
        "css" => "text/css",
        "csv" => "text/csv",
        "js" => "text/javascript",
        "json" => "application/json",
        "yaml" | "yml" => "application/yaml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "tar" => "application/x-tar",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "svg" => "image/svg+xml",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        _ => "application/octet-stream",
    }
}
