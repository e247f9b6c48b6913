//! What a replay may change about a running agent: its beat and its uploads.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Capabilities that a beat always names.
const CAPABILITIES: [&str; 7] =
    ["heartbeat", "scheduler", "session", "status_mgmt", "retry", "activity_decoration", "channel_dispatch"];

/// What a beat says, and whether there is one.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Beat {
    pub(super) on: bool,
    #[serde(skip)]
    pub(super) interval: Duration,
    error_rate: f64,
    sample_error: String,
    active_tasks: i64,
    current_task: String,
    runtime_state: Option<String>,
    monthly_spend: Option<i64>,
    capabilities: Map<String, Value>,
    idle_timeout_seconds: Option<i64>,
    metadata: Metadata,
    pub(super) delegations: bool,
}

/// How the runtime's own block of a beat turns out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Metadata {
    /// It is there.
    Normal,
    /// An old runtime that has none.
    Absent,
    /// Collecting it fails; the beat goes out without it.
    Failing,
}

/// Body of `PUT .../heartbeat`: what is named changes, the rest stays. A `null` takes back
/// `runtime_state`, `idle_timeout_seconds` and `monthly_spend`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BeatChange {
    on: Option<bool>,
    interval_ms: Option<u64>,
    error_rate: Option<f64>,
    sample_error: Option<String>,
    active_tasks: Option<i64>,
    current_task: Option<String>,
    #[serde(deserialize_with = "named")]
    runtime_state: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    monthly_spend: Option<Option<i64>>,
    capabilities: Option<Map<String, Value>>,
    #[serde(deserialize_with = "named")]
    idle_timeout_seconds: Option<Option<i64>>,
    metadata: Option<Metadata>,
    delegations: Option<bool>,
}

/// A field that is named, be it `null`, is different from one that is not.
fn named<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

impl Beat {
    pub(super) fn new(on: bool, interval: Duration) -> Self {
        Self {
            on,
            interval,
            error_rate: 0.0,
            sample_error: String::new(),
            active_tasks: 0,
            current_task: String::new(),
            runtime_state: None,
            monthly_spend: None,
            capabilities: Map::new(),
            idle_timeout_seconds: None,
            metadata: Metadata::Normal,
            delegations: true,
        }
    }

    pub(super) fn change(&mut self, change: BeatChange) {
        self.on = change.on.unwrap_or(self.on);
        self.interval = change.interval_ms.map_or(self.interval, |ms| Duration::from_millis(ms.max(10)));
        self.error_rate = change.error_rate.unwrap_or(self.error_rate);
        self.active_tasks = change.active_tasks.unwrap_or(self.active_tasks);
        self.metadata = change.metadata.unwrap_or(self.metadata);
        self.delegations = change.delegations.unwrap_or(self.delegations);
        replace(&mut self.sample_error, change.sample_error);
        replace(&mut self.current_task, change.current_task);
        replace(&mut self.runtime_state, change.runtime_state);
        replace(&mut self.monthly_spend, change.monthly_spend);
        replace(&mut self.capabilities, change.capabilities);
        replace(&mut self.idle_timeout_seconds, change.idle_timeout_seconds);
    }

    /// The body of a beat and, when the runtime's block could not be collected, why.
    pub(super) fn body(&self, workspace_id: &str, uptime: Duration) -> (Value, Option<&'static str>) {
        let mut body = json!({
            "workspace_id": workspace_id,
            "error_rate": self.error_rate,
            "sample_error": self.sample_error,
            "active_tasks": self.active_tasks,
            "current_task": self.current_task,
            "uptime_seconds": uptime.as_secs(),
        });
        if let Some(state) = &self.runtime_state {
            body["runtime_state"] = json!(state);
        }
        if let Some(spend) = self.monthly_spend {
            body["monthly_spend"] = json!(spend);
        }
        match self.metadata {
            Metadata::Normal => body["runtime_metadata"] = self.runtime_metadata(),
            Metadata::Absent => {}
            Metadata::Failing => return (body, Some("runtime metadata could not be collected")),
        }
        (body, None)
    }

    fn runtime_metadata(&self) -> Value {
        let mut capabilities: Map<String, Value> =
            CAPABILITIES.iter().map(|name| ((*name).to_owned(), json!(false))).collect();
        capabilities.extend(self.capabilities.clone());
        let mut metadata = json!({ "capabilities": capabilities });
        // Zero and negative numbers are sent when a replay asks for them: the platform must cope.
        if let Some(seconds) = self.idle_timeout_seconds {
            metadata["idle_timeout_seconds"] = json!(seconds);
        }
        metadata
    }
}

fn replace<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

/// How the chat-file endpoints behave.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Uploads {
    pub(super) force: Option<Forced>,
    pub(super) slow_read_ms: u64,
}

/// A forced answer of the chat-file endpoints.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Forced {
    /// Status alone; the body says that it was forced.
    Status(u16),
    /// Status and body.
    Answer {
        /// Status.
        status: u16,
        /// Body.
        body: Value,
    },
}

/// Body of `PUT .../uploads`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UploadsChange {
    #[serde(default, deserialize_with = "named")]
    pub(super) force: Option<Option<Forced>>,
    /// Pause before each chunk that is read.
    #[serde(default)]
    pub(super) slow_read_ms: Option<u64>,
    #[serde(default)]
    pub(super) secret: Option<SecretChange>,
}

/// What happens to the stored inbound secret.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SecretChange {
    /// The file goes.
    Delete,
    /// The file stays, without content.
    Empty,
    /// The file gets another content.
    Replace(String),
}

impl Uploads {
    pub(super) fn change(&mut self, force: Option<Option<Forced>>, slow_read_ms: Option<u64>) {
        replace(&mut self.force, force);
        replace(&mut self.slow_read_ms, slow_read_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(change: Value) -> (Value, Option<&'static str>) {
        let mut beat = Beat::new(true, Duration::from_secs(1));
        beat.change(serde_json::from_value(change).unwrap());
        beat.body("w", Duration::from_secs(7))
    }

    #[test]
    fn a_beat_names_every_capability_and_no_idle_time_unless_told() {
        let (body, failure) = beat(json!({}));
        assert_eq!(failure, None);
        assert_eq!(body["uptime_seconds"], 7);
        assert_eq!(body["runtime_metadata"]["capabilities"].as_object().unwrap().len(), 7);
        assert!(body["runtime_metadata"].get("idle_timeout_seconds").is_none());
        assert!(body.get("runtime_state").is_none() && body.get("monthly_spend").is_none());
    }

    #[test]
    fn a_beat_without_its_metadata_still_goes_out() {
        let (body, failure) = beat(json!({"metadata": "failing", "active_tasks": 3}));
        assert!(failure.is_some() && body.get("runtime_metadata").is_none());
        assert_eq!(body["active_tasks"], 3);
    }

    #[test]
    fn a_null_takes_a_field_back_and_a_missing_key_leaves_it() {
        let mut beat = Beat::new(true, Duration::from_secs(1));
        beat.change(serde_json::from_value(json!({"runtime_state": "wedged", "error_rate": 0.9})).unwrap());
        beat.change(serde_json::from_value(json!({"error_rate": 0.1})).unwrap());
        assert_eq!(beat.runtime_state.as_deref(), Some("wedged"));
        beat.change(serde_json::from_value(json!({"runtime_state": null})).unwrap());
        assert_eq!(beat.runtime_state, None);
    }
}
