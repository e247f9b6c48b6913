//! `list_peers`: who this workspace can talk to, or exactly why that is not known.

use http::Method;
use serde_json::{Value, json};

use super::{Told, ask::ask};
use crate::agent::{platform::Caller, seams::Seam, standin::Agent};

/// A list of peers is only ever a list that a platform sent; no failure can become an empty one.
enum Peers {
    Listed(Vec<Value>),
    Failed(String),
}

pub(super) async fn run(agent: &Agent, caller: &Caller) -> Told {
    match peers(agent, caller).await {
        Peers::Listed(peers) if peers.is_empty() => Told::done(
            format!("The platform lists no parent, child or sibling for workspace {}.", caller.workspace_id),
            json!([]),
        ),
        Peers::Listed(peers) => {
            let lines: Vec<String> = peers.iter().map(line).collect();
            Told::done(lines.join("\n"), Value::Array(peers))
        }
        Peers::Failed(_) if agent.has_seam(Seam::PeersRefusalIsEmpty) => {
            Told::done("No peers found (this workspace may be isolated).", json!([]))
        }
        Peers::Failed(reason) => Told::failed(reason),
    }
}

async fn peers(agent: &Agent, caller: &Caller) -> Peers {
    let path = format!("/registry/{}/peers", caller.workspace_id);
    let answered = match ask(caller, &path, caller.request(&agent.http(), Method::GET, &path)).await {
        Ok(answered) => answered,
        Err(reason) => return Peers::Failed(reason),
    };
    if answered.status != 200 {
        return Peers::Failed(answered.failure(&caller.workspace_id));
    }
    match answered.json {
        Some(Value::Array(peers)) => Peers::Listed(peers),
        Some(_) => Peers::Failed("HTTP 200, but the platform's answer is not a list.".to_owned()),
        None => Peers::Failed("HTTP 200, but the platform's answer is not JSON.".to_owned()),
    }
}

fn line(peer: &Value) -> String {
    let field = |key: &str| peer.get(key).and_then(Value::as_str).unwrap_or("none");
    format!("- {} (ID: {}, status: {}, role: {})", field("name"), field("id"), field("status"), field("role"))
}
