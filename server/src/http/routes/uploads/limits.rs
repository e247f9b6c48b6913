//! `GET /uploads/limits`: the caps and deadlines of uploads, from the one table that enforces them.

use axum::Json;
use serde::Serialize;
use server_types::limits;

/// The answer.
#[derive(Serialize)]
pub(super) struct Reply {
    max_total_bytes: u64,
    max_file_bytes: u64,
    forward_timeout_seconds: u64,
    client_timeout_floor_ms: u64,
    client_min_bytes_per_second: u64,
}

pub(super) async fn handler() -> Json<Reply> {
    Json(Reply {
        max_total_bytes: limits::UPLOAD_TOTAL_BYTES_MAX,
        max_file_bytes: limits::UPLOAD_FILE_BYTES_MAX,
        forward_timeout_seconds: limits::UPLOAD_FORWARD_TIMEOUT_SECS,
        client_timeout_floor_ms: limits::UPLOAD_CLIENT_TIMEOUT_FLOOR_MS,
        client_min_bytes_per_second: limits::UPLOAD_CLIENT_MIN_BYTES_PER_SECOND,
    })
}
