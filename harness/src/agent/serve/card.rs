//! `GET /.well-known/agent-card.json`: who the agent is. Also what it registers.

use serde_json::{Value, json};

use crate::agent::standin::Agent;

/// The card, with the fields that the spawn replaced.
pub(in crate::agent) fn of(agent: &Agent) -> Value {
    let spawn = agent.spawn();
    let mut card = json!({
        "name": format!("agent {}", spawn.workspace_id),
        "description": "agent stand-in",
        "version": env!("CARGO_PKG_VERSION"),
        "protocolVersion": "0.3.0",
        "preferredTransport": "JSONRPC",
        "url": agent.registered_url(),
        "skills": [],
        "capabilities": { "streaming": true, "pushNotifications": false },
        "defaultInputModes": ["text/plain"],
        "defaultOutputModes": ["text/plain"],
    });
    if let (Some(card), Some(Value::Object(replaced))) = (card.as_object_mut(), &spawn.card) {
        card.extend(replaced.clone());
    }
    card
}
