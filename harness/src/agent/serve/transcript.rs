//! `GET /transcript`: this runtime keeps none. Closed without the workspace token.

use axum::response::Response;
use http::{StatusCode, request::Parts};
use serde_json::json;

use super::{inbound_auth::is_bearer, refused};
use crate::agent::{behaviour::json_response, disk::AUTH_TOKEN, standin::Agent};

pub(super) fn answer(agent: &Agent, parts: &Parts) -> Response {
    if is_bearer(&parts.headers, agent.disk().secret(AUTH_TOKEN).as_deref()) {
        return json_response(&json!({ "supported": false }));
    }
    refused(StatusCode::UNAUTHORIZED, "unauthorized")
}
