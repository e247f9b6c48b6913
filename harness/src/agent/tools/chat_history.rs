//! `chat_history(peer, before_ts, limit)`: what was said with a peer, newest first.

use http::Method;
use serde_json::Value;

use super::{Told, ask::ask, text_arg};
use crate::{
    agent::{platform::Caller, standin::Agent},
    envelope::Inbound,
};

pub(super) async fn run(agent: &Agent, caller: &Caller, args: &Value) -> Told {
    let Some(peer) = text_arg(args, "peer") else { return Told::failed("peer is required") };
    let mut query = vec![("type", "a2a_receive".to_owned()), ("peer_id", peer.to_owned())];
    query.extend(text_arg(args, "before_ts").map(|ts| ("before_ts", ts.to_owned())));
    query.extend(args.get("limit").and_then(Value::as_u64).map(|limit| ("limit", limit.to_string())));
    let path = format!("/workspaces/{}/activity", caller.workspace_id);
    let call = caller.request(&agent.http(), Method::GET, &path).query(&query);
    let answered = match ask(caller, &path, call).await {
        Ok(answered) => answered,
        Err(reason) => return Told::failed(reason),
    };
    match (answered.status, answered.json.as_ref()) {
        (200, Some(Value::Array(rows))) if rows.is_empty() => {
            Told::done(format!("No messages with {peer}."), Value::Array(Vec::new()))
        }
        (200, Some(Value::Array(rows))) => {
            let lines: Vec<String> = rows.iter().map(|row| line(row, peer)).collect();
            Told::done(lines.join("\n"), Value::Array(rows.clone()))
        }
        (200, _) => Told::failed("HTTP 200, but the platform's answer is not a list."),
        _ => Told::failed(answered.failure(&caller.workspace_id)),
    }
}

/// `<time> <direction> <peer>: <text> [<id>]`.
fn line(row: &Value, peer: &str) -> String {
    let field = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
    let direction = if field("source_id").eq_ignore_ascii_case(peer) { "from" } else { "to" };
    format!("{} {direction} {peer}: {} [{}]", field("created_at"), Inbound::read(row).text(), field("id"))
}
