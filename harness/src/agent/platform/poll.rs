//! Poll mode: the agent fetches its messages, wraps each in an envelope and may answer it.

use std::{collections::VecDeque, time::Duration};

use http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, describe};
use crate::{
    agent::{
        behaviour::Manner,
        disk::CURSOR,
        seams::{self, Seam},
        standin::Agent,
    },
    envelope::{Envelope, Inbound, PeerId, Registered},
};

/// How far back an agent without a cursor looks.
const PRIME_SECS: u64 = 600;
/// Row ids kept to recognise what was delivered before a cursor was lost.
const DELIVERED_MAX: usize = 2000;

/// Where the agent is in its feed.
#[derive(Default)]
struct Feed {
    cursor: Option<String>,
    delivered: VecDeque<String>,
}

/// Polls until the agent stops.
pub(in crate::agent) async fn poll_for_ever(agent: &Agent) {
    let mut feed = Feed { cursor: agent.disk().secret(CURSOR), ..Feed::default() };
    loop {
        for row in feed.fetch(agent).await {
            deliver(agent, &row).await;
        }
        feed.save(agent);
        tokio::time::sleep(Duration::from_millis(agent.spawn().poll_ms.max(10))).await;
    }
}

impl Feed {
    /// New rows, oldest first.
    async fn fetch(&mut self, agent: &Agent) -> Vec<Value> {
        agent.journal().counters.polls += 1;
        let from = match &self.cursor {
            Some(cursor) => ("since_id", cursor.clone()),
            None => ("since_secs", PRIME_SECS.to_string()),
        };
        let path = format!("/workspaces/{}/activity", agent.spawn().workspace_id);
        let call = Caller::own(agent)
            .request(&agent.http(), Method::GET, &path)
            .query(&[("type", "a2a_receive"), (from.0, from.1.as_str())]);
        let reply = match call.send().await {
            Ok(reply) => reply,
            Err(error) => {
                agent.log("warn", format!("poll failed: {}", describe(&error)));
                return Vec::new();
            }
        };
        if reply.status() == StatusCode::GONE {
            agent.journal().counters.poll_cursor_resets += 1;
            self.cursor = None;
            return Vec::new();
        }
        if !reply.status().is_success() {
            agent.log("warn", format!("poll refused: HTTP {}", reply.status().as_u16()));
            return Vec::new();
        }
        let rows: Vec<Value> = reply.json().await.unwrap_or_default();
        self.advance(rows)
    }

    /// The recent feed comes newest first, the feed behind a cursor oldest first.
    fn advance(&mut self, mut rows: Vec<Value>) -> Vec<Value> {
        if self.cursor.is_none() {
            rows.reverse();
        }
        let id = |row: &Value| row.get("id").and_then(Value::as_str).map(str::to_owned);
        if let Some(last) = rows.last().and_then(id) {
            self.cursor = Some(last);
        }
        rows.retain(|row| id(row).is_some_and(|id| self.is_new(id)));
        rows
    }

    /// Keeps the cursor for a restart; a lost one only means that the feed is primed anew.
    fn save(&self, agent: &Agent) {
        let saved = agent.disk().secret(CURSOR);
        if saved != self.cursor {
            drop(agent.disk().store_secret(CURSOR, self.cursor.as_deref().unwrap_or_default()));
        }
    }

    fn is_new(&mut self, id: String) -> bool {
        if self.delivered.contains(&id) {
            return false;
        }
        if self.delivered.len() == DELIVERED_MAX {
            self.delivered.pop_front();
        }
        self.delivered.push_back(id);
        true
    }
}

/// Wraps a row for the model and answers it when a replay ordered an answer.
async fn deliver(agent: &Agent, row: &Value) {
    let own = agent.spawn().workspace_id.as_str();
    let text = |key: &str| row.get(key).and_then(Value::as_str);
    if text("source_id") == Some(own) || text("method") == Some("notify") {
        return;
    }
    let (shown, _) = envelope_of(agent, row).await;
    agent.journal().enveloped(shown);
    let ordered = agent.book().next(text("method").unwrap_or_default());
    let inbound = Inbound::read(row);
    let answer = match ordered.map(|behaviour| behaviour.manner) {
        Some(Manner::Reply { texts, .. }) => texts.join("\n"),
        Some(Manner::Echo) => inbound.text().to_owned(),
        _ => return,
    };
    reply(agent, inbound.peer(), answer).await;
}

/// To the user by a notification, to a peer by a message.
async fn reply(agent: &Agent, peer: Option<PeerId>, answer: String) {
    let own = &agent.spawn().workspace_id;
    let (path, body) = match peer {
        None => (format!("/workspaces/{own}/notify"), json!({ "message": answer })),
        Some(peer) => {
            let message = json!({
                "kind": "message", "role": "agent", "messageId": Uuid::new_v4().to_string(),
                "parts": [{ "kind": "text", "text": answer }],
            });
            let id = Uuid::new_v4().to_string();
            let body = json!({
                "jsonrpc": "2.0", "id": id, "method": "message/send", "params": { "message": message },
            });
            (format!("/workspaces/{peer}/a2a"), body)
        }
    };
    let call = Caller::own(agent).request(&agent.http(), Method::POST, &path).json(&body);
    match call.send().await {
        Ok(reply) if reply.status().is_success() => {}
        Ok(reply) => agent.log("warn", format!("reply refused: HTTP {}", reply.status().as_u16())),
        Err(error) => agent.log("warn", format!("reply failed: {}", describe(&error))),
    }
}

/// The envelope of a row and the addresses that were asked for it.
pub(in crate::agent) async fn envelope_of(agent: &Agent, row: &Value) -> (Value, Vec<String>) {
    let caller = Caller::own(agent);
    let inbound = Inbound::read(row);
    let mut asked = Vec::new();
    let told = match inbound.peer() {
        Some(peer) => {
            asked.push(peer.card_url(&caller.platform_url));
            look_up(agent, &caller, peer).await
        }
        None => None,
    };
    let envelope = Envelope::new(&inbound, &caller.platform_url, told.as_ref());
    let mut shown = envelope.to_json();
    shown["tag"] = json!(envelope.to_tag());
    if agent.has_seam(Seam::EnvelopeTrustsPeerId) {
        shown = seams::trusting(shown, row, &caller.platform_url);
    }
    (shown, asked)
}

/// What the registry says about a peer: its name, and its role where the answer or the list of
/// peers names one. Any failure is an absence; the message does not wait for names.
async fn look_up(agent: &Agent, caller: &Caller, peer: PeerId) -> Option<Registered> {
    let card = get(agent, caller, &format!("/registry/discover/{peer}")).await?;
    let mut told = registered(&card);
    if told.role.is_none() {
        let list = get(agent, caller, &format!("/registry/{}/peers", caller.workspace_id)).await;
        let id = peer.to_string();
        let listed = list.as_ref().and_then(Value::as_array).into_iter().flatten();
        let row = listed.into_iter().find(|row| row.get("id").and_then(Value::as_str) == Some(&id));
        told.role = row.and_then(|row| registered(row).role);
    }
    Some(told)
}

fn registered(row: &Value) -> Registered {
    let field = |key: &str| {
        let inside = row.get("agent_card").and_then(|card| card.get(key));
        row.get(key).filter(|value| value.is_string()).or(inside)?.as_str().map(str::to_owned)
    };
    Registered { name: field("name"), role: field("role") }
}

async fn get(agent: &Agent, caller: &Caller, path: &str) -> Option<Value> {
    let reply = caller.request(&agent.http(), Method::GET, path).send().await.ok()?;
    if reply.status().is_success() { reply.json().await.ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(rows: &[Value]) -> Vec<&str> {
        rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
    }

    fn rows(ids: &[&str]) -> Vec<Value> {
        ids.iter().map(|id| json!({ "id": id })).collect()
    }

    #[test]
    fn rows_are_delivered_oldest_first_and_once_even_after_a_lost_cursor() {
        let mut feed = Feed::default();
        assert_eq!(ids(&feed.advance(rows(&["b", "a"]))), ["a", "b"], "the recent feed is turned round");
        assert_eq!(feed.cursor.as_deref(), Some("b"));
        assert_eq!(ids(&feed.advance(rows(&["c", "d"]))), ["c", "d"]);
        feed.cursor = None;
        assert_eq!(ids(&feed.advance(rows(&["e", "d", "c"]))), ["e"]);
        assert_eq!(feed.cursor.as_deref(), Some("e"));
        assert!(feed.advance(Vec::new()).is_empty());
        assert_eq!(feed.cursor.as_deref(), Some("e"));
    }
}
