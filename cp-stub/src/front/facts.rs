//! What a call is about: its org and its workspace, read from wherever the call says it.

use http::request::Parts;
use serde_json::Value;
use server_wire::control_plane::ORG_ID_HEADER;

use crate::{auth, fault::CallFacts, routes, state::State};

/// Start of the name that the server gives an agent's git identity, followed by the workspace's name.
const GIT_NAME_PREFIX: &str = "Molecule AI ";

pub(super) fn of(state: &State, parts: &Parts, body: Option<&Value>) -> CallFacts {
    let path = parts.uri.path();
    let text = |key: &str| body.and_then(|body| body.get(key)).and_then(Value::as_str).map(str::to_owned);
    let workspace_id = workspace_in(path).or_else(|| text("workspace_id"));
    CallFacts {
        method: parts.method.as_str().to_owned(),
        path: path.to_owned(),
        org_id: text("org_id").or_else(|| org_of(state, parts, workspace_id.as_deref())),
        workspace_name: body.and_then(workspace_name),
        workspace_id,
    }
}

/// The workspace's name is not in the request, but its git identity is.
pub(crate) fn workspace_name(body: &Value) -> Option<String> {
    body.pointer("/env/GIT_AUTHOR_NAME")?.as_str()?.strip_prefix(GIT_NAME_PREFIX).map(str::to_owned)
}

fn workspace_in(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "cp", "workspaces", "provision"] => None,
        ["", "cp", "workspaces", id, ..] | ["", "cp", "admin", "workspaces", id, ..] => {
            Some((*id).to_owned())
        }
        _ => None,
    }
}

fn org_of(state: &State, parts: &Parts, workspace_id: Option<&str>) -> Option<String> {
    let admin_token = auth::admin_token(&parts.headers);
    let header = parts.headers.get(ORG_ID_HEADER).and_then(|id| id.to_str().ok());
    let slug = slug_in(parts.uri.path()).or_else(|| routes::query_value(parts.uri.query(), "slug"));
    workspace_id
        .and_then(|id| state.orgs.owner_of(id, admin_token))
        .or_else(|| header.and_then(|id| state.orgs.by_id(id)))
        .or_else(|| slug.and_then(|slug| state.orgs.by_slug(&slug)))
        .or_else(|| admin_token.and_then(|token| state.orgs.by_admin_token(token)))
        .or_else(|| auth::bearer(&parts.headers).and_then(|token| state.orgs.by_admin_token(token)))
        .map(|org| org.id.clone())
}

fn slug_in(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "cp", "orgs", slug, ..] | ["", "cp", "admin", "orgs" | "tenants", slug, ..] => {
            Some((*slug).to_owned())
        }
        _ => None,
    }
}
