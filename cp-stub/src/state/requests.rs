//! The ordered log of calls, credentials replaced by fingerprints.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{auth::Presented, fault::PathPattern};

/// Calls kept; the oldest go first.
const LOG_ENTRIES_MAX: usize = 10_000;

/// One call. `status` is absent while it is unanswered, and for ever when it never was answered.
#[derive(Clone, Serialize)]
pub(crate) struct Logged {
    pub(crate) seq: u64,
    pub(crate) ts: DateTime<Utc>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Map<String, Value>,
    /// Whose credentials these are, by name: what a fingerprint alone cannot tell.
    pub(crate) credentials: Presented,
    pub(crate) org_id: Option<String>,
    pub(crate) workspace_id: Option<String>,
    pub(crate) body: Value,
    pub(crate) status: Option<u16>,
    pub(crate) fault: Option<String>,
}

/// The log.
#[derive(Default)]
pub(crate) struct RequestLog {
    entries: VecDeque<Logged>,
    last_seq: u64,
}

/// Query of `GET /__stub/requests`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    path: Option<String>,
    method: Option<String>,
    org_id: Option<String>,
    workspace_id: Option<String>,
    after: Option<u64>,
}

impl RequestLog {
    /// Appends a call and gives it its number.
    pub(crate) fn open(&mut self, mut entry: Logged) -> u64 {
        self.last_seq += 1;
        entry.seq = self.last_seq;
        if self.entries.len() == LOG_ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last_seq
    }

    pub(crate) fn set_fault(&mut self, seq: u64, fault: &str) {
        if let Some(entry) = self.entry(seq) {
            entry.fault = Some(fault.to_owned());
        }
    }

    pub(crate) fn set_status(&mut self, seq: u64, status: u16) {
        if let Some(entry) = self.entry(seq) {
            entry.status = Some(status);
        }
    }

    fn entry(&mut self, seq: u64) -> Option<&mut Logged> {
        self.entries.iter_mut().rev().find(|entry| entry.seq == seq)
    }

    pub(crate) fn matching(&self, filter: &Filter) -> Vec<Logged> {
        self.entries.iter().filter(|entry| filter.lets(entry)).cloned().collect()
    }
}

impl Filter {
    fn lets(&self, entry: &Logged) -> bool {
        let same = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        self.path.as_deref().is_none_or(|path| PathPattern::new(path).matches(&entry.path))
            && self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(&entry.method))
            && same(&self.org_id, entry.org_id.as_deref())
            && same(&self.workspace_id, entry.workspace_id.as_deref())
            && self.after.is_none_or(|after| entry.seq > after)
    }
}
