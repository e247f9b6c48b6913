//! Registering: how a platform learns where the agent is, and the agent its secrets.

use http::Method;
use serde_json::{Value, json};

use super::{Caller, describe};
use crate::agent::{
    disk::{AUTH_TOKEN, INBOUND_SECRET},
    serve,
    standin::Agent,
};

/// How a registration ended.
#[derive(Debug)]
pub(in crate::agent) struct Registered {
    /// None when there was no answer.
    pub(in crate::agent) status: Option<u16>,
    /// The answer, or what went wrong.
    pub(in crate::agent) body: Value,
}

/// Registers once. A failure is logged, and the life of the agent goes on.
pub(in crate::agent) async fn register(agent: &Agent) -> Registered {
    agent.journal().counters.registrations += 1;
    let spawn = agent.spawn();
    let mut body = json!({ "id": spawn.workspace_id, "agent_card": serve::card::of(agent) });
    if !spawn.polls() {
        body["url"] = json!(agent.registered_url());
    }
    if let Some(mode) = spawn.delivery_mode {
        body["delivery_mode"] = json!(mode.word());
    }
    let call = Caller::own(agent).request(&agent.http(), Method::POST, "/registry/register").json(&body);
    let reply = match call.send().await {
        Ok(reply) => reply,
        Err(error) => {
            let text = describe(&error);
            agent.log("error", format!("registration failed: {text}"));
            return Registered { status: None, body: json!({ "error": text }) };
        }
    };
    let status = reply.status().as_u16();
    let text = reply.text().await.unwrap_or_default();
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
    if status == 200 {
        keep_secrets(agent, &body);
    } else {
        agent.log("error", format!("registration refused: HTTP {status}"));
    }
    Registered { status: Some(status), body }
}

/// The token is given once, the inbound secret every time.
fn keep_secrets(agent: &Agent, body: &Value) {
    for (field, path) in [("auth_token", AUTH_TOKEN), ("platform_inbound_secret", INBOUND_SECRET)] {
        keep_secret(agent, body, field, path);
    }
    agent.reload_token();
}

/// Stores a secret that an answer carries. Empty values, other types and a disk that refuses change
/// nothing and stop nothing: the next answer carries the secret again.
pub(super) fn keep_secret(agent: &Agent, body: &Value, field: &str, path: &str) {
    let Some(secret) = body.get(field).and_then(Value::as_str).filter(|secret| !secret.is_empty()) else {
        return;
    };
    if agent.disk().secret(path).as_deref() == Some(secret) {
        return;
    }
    if let Err(error) = agent.disk().store_secret(path, secret) {
        agent.log("warn", format!("could not store {field}: {error}"));
    }
}
