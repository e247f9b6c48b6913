//! `delegate(target_id, task)`: hands a task to a peer and returns at once.

use http::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Told, ask::ask, text_arg};
use crate::agent::{platform::Caller, standin::Agent};

/// Hex digits of the key; enough to make a repetition recognisable.
const KEY_CHARS: usize = 32;

pub(super) async fn run(agent: &Agent, caller: &Caller, args: &Value) -> Told {
    let (Some(target), Some(task)) = (text_arg(args, "target_id"), text_arg(args, "task")) else {
        return Told::failed("target_id and task are required");
    };
    let key = text_arg(args, "idempotency_key").map_or_else(|| idempotency_key(target, task), str::to_owned);
    let path = format!("/workspaces/{}/delegate", caller.workspace_id);
    let body = json!({ "target_id": target, "task": task, "idempotency_key": key });
    let call = caller.request(&agent.http(), Method::POST, &path).json(&body);
    let answered = match ask(caller, &path, call).await {
        Ok(answered) => answered,
        Err(reason) => return Told::failed(reason),
    };
    let data = answered.json.clone().unwrap_or_default();
    let id = data.get("delegation_id").and_then(Value::as_str).unwrap_or("unknown");
    match answered.status {
        202 => Told::done(format!("Delegated to {target} (delegation {id})."), data),
        // The same task again is the same delegation, not a failure.
        200 if data.get("idempotent_hit") == Some(&json!(true)) => {
            Told::done(format!("Already delegated to {target} (delegation {id})."), data)
        }
        _ => Told::failed(answered.failure(&caller.workspace_id)),
    }
}

fn idempotency_key(target: &str, task: &str) -> String {
    let mut key = hex::encode(Sha256::digest(format!("{target}:{task}")));
    key.truncate(KEY_CHARS);
    key
}
