//! What happened, told to whoever listens.
//!
//! Two ways out. [`Events::record`] stores the event in `structure_events`, then announces it on
//! WebSocket, SSE and Redis: nothing is announced that is not stored. [`Events::broadcast`] only
//! announces, and not on Redis: beats and progress would flood the history.
//!
//! Nothing comes back from Redis: one process serves a tenant, and a foreign channel must never reach
//! local listeners.

mod hub;
mod publisher;

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use server_store::{DbError, Store, events as rows};
use server_types::{EventName, WorkspaceId, limits};

use crate::Context;
use hub::{Hub, Scope};
use publisher::Publisher;

pub use hub::{Pulse, Subscription};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What.
    pub name: EventName,
    /// To whom; `None` concerns no single workspace.
    pub workspace: Option<WorkspaceId>,
    /// When.
    pub timestamp: DateTime<Utc>,
    /// The event's own fields.
    pub payload: Value,
}

impl Event {
    /// The text of a WebSocket frame and of a Redis message.
    pub fn envelope(&self) -> String {
        json!({
            "event": self.name.as_str(),
            "workspace_id": self.workspace,
            "timestamp": self.timestamp.to_rfc3339_opts(SecondsFormat::Micros, true),
            "payload": self.payload,
        })
        .to_string()
    }

    /// The JSON of one SSE `data:` line.
    pub fn sse_data(&self) -> String {
        json!({
            "type": self.name.as_str(),
            "timestamp": self.timestamp.timestamp_millis(),
            "data": self.payload,
        })
        .to_string()
    }
}

/// The announcer: cheap to clone.
#[derive(Clone, Debug)]
pub struct Events {
    store: Store,
    context: Context,
    hub: Hub,
    publisher: Publisher,
}

impl Events {
    /// An announcer over this storage; its Redis publisher waits for [`Events::publish_loop`].
    pub fn new(store: Store, context: Context) -> Self {
        Self { store, context, hub: Hub::default(), publisher: Publisher::default() }
    }

    /// Stores the event, then announces it everywhere.
    ///
    /// # Errors
    /// The insert failed; then nothing was announced.
    pub async fn record(
        &self,
        name: EventName,
        workspace: impl Into<Option<WorkspaceId>>,
        payload: Value,
    ) -> Result<(), DbError> {
        let event = self.event(name, workspace.into(), payload);
        rows::append(&self.store.db, name, event.workspace, &event.payload).await?;
        self.publisher.offer(&event);
        self.hub.send(&Arc::new(event));
        Ok(())
    }

    /// [`Events::record`] for callers whose own work stands whatever becomes of the announcement.
    pub async fn record_or_log(
        &self,
        name: EventName,
        workspace: impl Into<Option<WorkspaceId>>,
        payload: Value,
    ) {
        let workspace = workspace.into();
        if let Err(error) = self.record(name, workspace, payload).await {
            let id = workspace.map(|id| id.to_string()).unwrap_or_default();
            tracing::error!(%error, workspace = id, "event {} was not recorded", name.as_str());
        }
    }

    /// Announces to WebSocket and SSE; stores nothing.
    pub fn broadcast(&self, name: EventName, workspace: impl Into<Option<WorkspaceId>>, payload: Value) {
        let event = self.event(name, workspace.into(), payload);
        self.hub.send(&Arc::new(event));
    }

    /// When something happens in a workspace, and not what.
    pub fn pulse(&self, workspace: WorkspaceId) -> Pulse {
        self.hub.pulse(workspace)
    }

    /// The events of one workspace from now on.
    pub fn subscribe(&self, workspace: WorkspaceId) -> Subscription {
        self.hub.subscribe(Scope::Workspace(workspace), limits::SUBSCRIBER_BUFFER)
    }

    /// Every event from now on, for a WebSocket client.
    pub fn subscribe_all(&self) -> Subscription {
        self.hub.subscribe(Scope::All, limits::WS_CLIENT_BUFFER)
    }

    /// Ends every subscription; later ones are born ended.
    pub fn close(&self) {
        self.hub.close();
    }

    /// Sends recorded events to Redis until the server stops; `tick` is called once per event or pause.
    pub async fn publish_loop(&self, tick: impl Fn()) {
        self.publisher.run(&self.store.cache, tick).await;
    }

    fn event(&self, name: EventName, workspace: Option<WorkspaceId>, payload: Value) -> Event {
        Event { name, workspace, timestamp: self.context.now(), payload }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_envelopes_are_the_documented_ones() {
        let event = Event {
            name: EventName::WorkspaceOffline,
            workspace: Some(WorkspaceId(uuid::Uuid::from_u128(1))),
            timestamp: DateTime::from_timestamp_millis(1_700_000_000_123).expect("in range"),
            payload: json!({"status": "awaiting_agent"}),
        };
        assert_eq!(
            event.envelope(),
            r#"{"event":"WORKSPACE_OFFLINE","workspace_id":"00000000-0000-0000-0000-000000000001","timestamp":"2023-11-14T22:13:20.123000Z","payload":{"status":"awaiting_agent"}}"#
        );
        assert_eq!(
            event.sse_data(),
            r#"{"type":"WORKSPACE_OFFLINE","timestamp":1700000000123,"data":{"status":"awaiting_agent"}}"#
        );
    }
}
