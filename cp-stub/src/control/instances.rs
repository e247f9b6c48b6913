//! `PUT /__stub/instances/{instance_id}`: sets the state or the console text of a machine.
//!
//! Only what the control plane says about the machine changes; its agent is scripted at the agent
//! host, because the two disagree in the incidents worth replaying.

use axum::{
    Json, Router,
    extract::{Path, State as Ctx},
    response::{IntoResponse, Response},
    routing::put,
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use crate::{state::MachineState, stub::Stub};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    state: Option<MachineState>,
    #[serde(default)]
    console: Option<String>,
}

pub(super) fn routes() -> Router<Stub> {
    Router::new().route("/__stub/instances/{instance_id}", put(handler))
}

async fn handler(Ctx(stub): Ctx<Stub>, Path(instance_id): Path<String>, Json(body): Json<Body>) -> Response {
    let mut state = stub.state();
    let Some(instance) = state.orgs.instance_mut(&instance_id) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "error": "instance not found" }))).into_response();
    };
    instance.state = body.state.unwrap_or(instance.state);
    if let Some(console) = body.console {
        instance.console = console;
    }
    Json(instance.clone()).into_response()
}
