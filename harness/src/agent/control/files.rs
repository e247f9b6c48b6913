//! `PUT /__agent/agents/{ws}/files`: puts a file or a link on the agent's disk, or removes one.

use std::{io, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::put,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::StatusCode;
use serde::Deserialize;

use super::{
    Ctx, Which,
    reply::{agent, parse, refused},
};
use crate::agent::{
    disk::{Disk, ROOTS},
    host::Hosted,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    path: String,
    #[serde(flatten)]
    what: What,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Content(String),
    Base64(String),
    SymlinkTo(String),
    Remove(bool),
}

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new().route("/__agent/agents/{ws}/files", put(handler))
}

async fn handler(
    State(hosted): Ctx,
    Path(ws): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    let (agent, change) = match (agent(&hosted, &ws, &which), parse::<Change>(&body)) {
        (Ok(agent), Ok(change)) => (agent, change),
        (Err(refusal), _) | (_, Err(refusal)) => return *refusal,
    };
    // The control API may write anywhere on the agent's disk and nowhere else.
    let below_a_root = ROOTS.iter().any(|root| change.path.starts_with(&format!("{root}/")));
    if !below_a_root || change.path.split('/').any(|part| part == "..") {
        return refused(StatusCode::BAD_REQUEST, "path must be below a root of the agent's disk");
    }
    match apply(agent.disk(), &change.path, change.what) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(StatusCode::BAD_REQUEST, error),
    }
}

fn apply(disk: &Disk, path: &str, what: What) -> io::Result<()> {
    match what {
        What::Content(text) => disk.write(path, text.as_bytes()),
        What::Base64(text) => {
            let bytes = BASE64_STANDARD.decode(text).map_err(io::Error::other)?;
            disk.write(path, &bytes)
        }
        What::SymlinkTo(target) => disk.symlink(path, &target),
        What::Remove(true) => disk.remove(path),
        What::Remove(false) => Ok(()),
    }
}
