//! Looking at one's delegations: a finished one is worth waking up for, once in a while.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Caller;
use crate::agent::standin::Agent;

/// Least time between two wake-ups.
const SELF_MESSAGE_EVERY: Duration = Duration::from_secs(60);

/// What was seen so far.
#[derive(Default)]
pub(super) struct Delegations {
    seen: BTreeSet<String>,
    waiting: bool,
    last_message: Option<Instant>,
}

impl Delegations {
    /// Reads the list and sends itself at most one message.
    pub(super) async fn check(&mut self, agent: &Agent) {
        agent.journal().counters.delegation_checks += 1;
        let own = &agent.spawn().workspace_id;
        let path = format!("/workspaces/{own}/delegations");
        let call = Caller::own(agent).request(&agent.http(), Method::GET, &path);
        let Ok(reply) = call.send().await else { return };
        if !reply.status().is_success() {
            return;
        }
        let rows: Vec<Value> = reply.json().await.unwrap_or_default();
        self.note(&rows, own);
        if self.waiting && self.last_message.is_none_or(|last| last.elapsed() >= SELF_MESSAGE_EVERY) {
            self.waiting = false;
            self.last_message = Some(Instant::now());
            tell_itself(agent).await;
        }
    }

    /// Only rows that say they came from here are taken: anything else could be planted.
    fn note(&mut self, rows: &[Value], own: &str) {
        for row in rows {
            let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default();
            let finished = matches!(text("status"), "completed" | "failed");
            if text("source_id") == own && finished && self.seen.insert(text("id").to_owned()) {
                self.waiting = true;
            }
        }
    }
}

/// Without the results themselves: text written by another agent has no place in a user's message.
async fn tell_itself(agent: &Agent) {
    agent.journal().counters.self_messages += 1;
    let body = json!({
        "jsonrpc": "2.0", "id": Uuid::new_v4().to_string(), "method": "message/send",
        "params": { "message": {
            "kind": "message", "role": "user", "messageId": Uuid::new_v4().to_string(),
            "parts": [{ "kind": "text", "text": "A delegation has finished. Check your delegations." }],
        } },
    });
    let path = format!("/workspaces/{}/a2a", agent.spawn().workspace_id);
    let call = Caller::own(agent).request(&agent.http(), Method::POST, &path).json(&body);
    if let Err(error) = call.send().await {
        agent.log("warn", format!("self-message failed: {}", super::describe(&error)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_finished_rows_of_its_own_wake_an_agent_and_each_only_once() {
        let row =
            |id: &str, source: &str, status: &str| json!({"id": id, "source_id": source, "status": status});
        let mut delegations = Delegations::default();
        delegations.note(&[row("1", "other", "completed"), row("2", "me", "dispatched")], "me");
        assert!(!delegations.waiting);
        delegations.note(&[row("2", "me", "completed")], "me");
        assert!(delegations.waiting);
        delegations.waiting = false;
        delegations.note(&[row("2", "me", "completed")], "me");
        assert!(!delegations.waiting);
    }
}
