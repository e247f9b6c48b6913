//! What an agent saw and did: inbound requests, counters, stored files, envelopes, its own log.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};

/// Entries kept of each kind; the oldest go first.
const ENTRIES_MAX: usize = 5000;

/// One request that reached the agent.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Inbound {
    pub(super) seq: u64,
    pub(super) ts: DateTime<Utc>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: Map<String, Value>,
    /// JSON-RPC method, when the body is JSON-RPC.
    pub(super) rpc: Option<String>,
    /// JSON when it is JSON, else text; absent for uploads, which are never held in memory.
    pub(super) body: Option<Value>,
    /// What was done with it: the scripted behaviour, or `default`.
    pub(super) behaviour: Option<String>,
}

/// A file that an upload left on the agent's disk.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StoredFile {
    pub(super) uri: String,
    pub(super) name: String,
    #[serde(rename = "mimeType")]
    pub(super) mime_type: String,
    pub(super) size: u64,
    pub(super) sha256: String,
}

/// A line of the agent's own log.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    ts: DateTime<Utc>,
    level: &'static str,
    text: String,
}

/// Counts of what the agent did by itself.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Counters {
    pub(super) registrations: u64,
    pub(super) heartbeats: u64,
    pub(super) heartbeats_ok: u64,
    pub(super) heartbeats_unauthorized: u64,
    pub(super) heartbeats_failed: u64,
    pub(super) client_rebuilds: u64,
    pub(super) delegation_checks: u64,
    pub(super) self_messages: u64,
    pub(super) polls: u64,
    pub(super) poll_cursor_resets: u64,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Journal {
    last_seq: u64,
    inbound: VecDeque<Inbound>,
    files: Vec<StoredFile>,
    envelopes: VecDeque<Value>,
    log: VecDeque<Line>,
    pub(super) counters: Counters,
}

impl Journal {
    /// Notes a request and gives it its number.
    pub(super) fn arrived(&mut self, mut inbound: Inbound) -> u64 {
        self.last_seq += 1;
        inbound.seq = self.last_seq;
        push(&mut self.inbound, inbound);
        self.last_seq
    }

    /// Notes what was done with a request.
    pub(super) fn answered_by(&mut self, seq: u64, behaviour: &str) {
        if let Some(entry) = self.inbound.iter_mut().rev().find(|entry| entry.seq == seq) {
            entry.behaviour = Some(behaviour.to_owned());
        }
    }

    pub(super) fn stored(&mut self, files: impl IntoIterator<Item = StoredFile>) {
        self.files.extend(files);
    }

    pub(super) fn enveloped(&mut self, envelope: Value) {
        push(&mut self.envelopes, envelope);
    }

    pub(super) fn line(&mut self, level: &'static str, text: String) {
        push(&mut self.log, Line { ts: Utc::now(), level, text });
    }

    pub(super) fn inbound(&self) -> Vec<Inbound> {
        self.inbound.iter().cloned().collect()
    }

    pub(super) fn files(&self) -> Vec<StoredFile> {
        self.files.clone()
    }

    pub(super) fn envelopes(&self) -> Vec<Value> {
        self.envelopes.iter().cloned().collect()
    }

    pub(super) fn log(&self) -> Vec<Line> {
        self.log.iter().cloned().collect()
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T) {
    if queue.len() == ENTRIES_MAX {
        queue.pop_front();
    }
    queue.push_back(item);
}
