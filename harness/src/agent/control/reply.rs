//! Answers that control routes share.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::Which;
use crate::agent::{
    host::{Hosted, NoAgent},
    standin::Agent,
};

/// `{"error": ...}` with a status.
pub(super) fn refused(status: StatusCode, error: impl ToString) -> Response {
    (status, Json(json!({ "error": error.to_string() }))).into_response()
}

/// The agent that a route means.
pub(super) fn agent(hosted: &Hosted, ws: &str, which: &Which) -> Result<Arc<Agent>, Box<Response>> {
    hosted.find(ws, which.org.as_deref()).map_err(|error| Box::new(no_agent(&error)))
}

pub(super) fn no_agent(error: &NoAgent) -> Response {
    let status = match error {
        NoAgent::Unknown => StatusCode::NOT_FOUND,
        NoAgent::Ambiguous(_) => StatusCode::CONFLICT,
    };
    refused(status, error)
}

/// A JSON body, whatever its content type says; what is wrong with it is said.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    serde_json::from_slice(body).map_err(|error| Box::new(refused(StatusCode::BAD_REQUEST, error)))
}
