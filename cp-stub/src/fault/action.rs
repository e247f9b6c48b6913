//! What a fault does. Exactly one action per fault; `delay_ms` may come before any of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

const OVERSIZE_BYTES: usize = 1024 * 1024;
const SLOW_CHUNK_BYTES: usize = 8;
const SLOW_GAP_MS: u64 = 100;

/// An action with the delay before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Raw")]
pub(crate) struct Action {
    pub(crate) delay_ms: u64,
    pub(crate) script: Script,
}

/// The action itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Script {
    /// Only the delay.
    Honest,
    /// A scripted answer; the route is not reached.
    Status { status: u16, body: Body, headers: BTreeMap<String, String> },
    /// No answer until the fault is removed, then a closed connection; the route is not reached.
    Hang,
    /// A closed connection without an answer; the route is not reached.
    CloseBefore,
    /// The honest answer, cut off.
    CloseAfter { bytes: usize },
    /// The next provision hands out this machine id.
    InstanceId(String),
    /// The honest answer, broken off inside its JSON.
    MalformedJson,
    /// The honest status with a body of this size.
    Oversize { bytes: usize },
    /// The honest answer under another content type.
    WrongContentType(String),
    /// The honest answer, a few bytes at a time.
    SlowBody { chunk_bytes: usize, gap_ms: u64 },
    /// The org's credential row is not there yet.
    CredentialsNotPersisted,
    /// Another way of starting the agent.
    Launch(LaunchMode),
}

/// A scripted body: text as it stands, anything else as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Body {
    #[default]
    Empty,
    Text(String),
    Json(Value),
}

/// When the agent of a provisioned machine starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LaunchMode {
    /// Soon after the answer.
    Auto,
    /// So many milliseconds after the answer.
    Late(u64),
    /// It registers before the answer is written.
    Early,
    /// The machine runs, the agent never registers.
    Never,
    /// It registers, then dies.
    Crash,
}

/// The action as JSON: one key per action.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    delay_ms: u64,
    status: Option<u16>,
    body: Option<Value>,
    headers: Option<BTreeMap<String, String>>,
    hang: bool,
    close: Option<Close>,
    instance_id: Option<String>,
    malformed_json: bool,
    oversize: Option<Oversize>,
    wrong_content_type: Option<ContentType>,
    slow_body: Option<SlowBody>,
    credentials_not_persisted: bool,
    launch: Option<LaunchMode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Close {
    Before,
    AfterBytes(usize),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Oversize {
    Default(bool),
    Bytes { bytes: usize },
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ContentType {
    Default(bool),
    Named(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum SlowBody {
    Default(bool),
    Paced { chunk_bytes: usize, gap_ms: u64 },
}

impl TryFrom<Raw> for Action {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let delay_ms = raw.delay_ms;
        let mut scripts = raw.scripts()?;
        match (scripts.pop(), scripts.is_empty()) {
            (Some(script), true) => Ok(Self { delay_ms, script }),
            (None, _) if delay_ms > 0 => Ok(Self { delay_ms, script: Script::Honest }),
            (None, _) => Err("an action must say what happens"),
            (Some(_), false) => Err("a fault has one action; add a second fault for the other"),
        }
    }
}

impl Raw {
    /// Every action that was named.
    fn scripts(self) -> Result<Vec<Script>, &'static str> {
        if self.status.is_none() && (self.body.is_some() || self.headers.is_some()) {
            return Err("body and headers need a status");
        }
        if self.status.is_some_and(|status| !(200..=599).contains(&status)) {
            return Err("status must be between 200 and 599");
        }
        let headers = self.headers.unwrap_or_default();
        let named = [
            self.status.map(|status| Script::Status { status, body: body(self.body), headers }),
            self.hang.then_some(Script::Hang),
            self.close.map(|close| match close {
                Close::Before => Script::CloseBefore,
                Close::AfterBytes(bytes) => Script::CloseAfter { bytes },
            }),
            self.instance_id.map(Script::InstanceId),
            self.malformed_json.then_some(Script::MalformedJson),
            self.oversize.and_then(Oversize::script),
            self.wrong_content_type.and_then(ContentType::script),
            self.slow_body.and_then(SlowBody::script),
            self.credentials_not_persisted.then_some(Script::CredentialsNotPersisted),
            self.launch.map(Script::Launch),
        ];
        Ok(named.into_iter().flatten().collect())
    }
}

fn body(value: Option<Value>) -> Body {
    match value {
        None => Body::Empty,
        Some(Value::String(text)) => Body::Text(text),
        Some(json) => Body::Json(json),
    }
}

impl Oversize {
    fn script(self) -> Option<Script> {
        match self {
            Self::Default(on) => on.then_some(Script::Oversize { bytes: OVERSIZE_BYTES }),
            Self::Bytes { bytes } => Some(Script::Oversize { bytes }),
        }
    }
}

impl ContentType {
    fn script(self) -> Option<Script> {
        match self {
            Self::Default(on) => on.then(|| Script::WrongContentType("text/html; charset=utf-8".into())),
            Self::Named(name) => Some(Script::WrongContentType(name)),
        }
    }
}

impl SlowBody {
    fn script(self) -> Option<Script> {
        match self {
            Self::Default(on) => {
                on.then_some(Script::SlowBody { chunk_bytes: SLOW_CHUNK_BYTES, gap_ms: SLOW_GAP_MS })
            }
            Self::Paced { chunk_bytes, gap_ms } => {
                Some(Script::SlowBody { chunk_bytes: chunk_bytes.max(1), gap_ms })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> Result<Action, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn every_action_of_the_contract_is_readable() {
        let empty = Script::Status { status: 401, body: Body::Empty, headers: BTreeMap::new() };
        for (value, script) in [
            (json!({"status": 401}), empty),
            (json!({"delay_ms": 5}), Script::Honest),
            (json!({"hang": true}), Script::Hang),
            (json!({"close": "before"}), Script::CloseBefore),
            (json!({"close": {"after_bytes": 3}}), Script::CloseAfter { bytes: 3 }),
            (json!({"instance_id": "i-hang"}), Script::InstanceId("i-hang".into())),
            (json!({"malformed_json": true}), Script::MalformedJson),
            (json!({"oversize": true}), Script::Oversize { bytes: OVERSIZE_BYTES }),
            (json!({"oversize": {"bytes": 9}}), Script::Oversize { bytes: 9 }),
            (json!({"wrong_content_type": "text/plain"}), Script::WrongContentType("text/plain".into())),
            (
                json!({"slow_body": {"chunk_bytes": 1, "gap_ms": 2}}),
                Script::SlowBody { chunk_bytes: 1, gap_ms: 2 },
            ),
            (json!({"credentials_not_persisted": true}), Script::CredentialsNotPersisted),
            (json!({"launch": "early"}), Script::Launch(LaunchMode::Early)),
            (json!({"launch": {"late": 300}}), Script::Launch(LaunchMode::Late(300))),
        ] {
            assert_eq!(read(value.clone()).map(|action| action.script), Ok(script), "{value}");
        }
    }

    #[test]
    fn two_actions_or_none_are_refused() {
        for value in [
            json!({}),
            json!({"hang": true, "status": 500}),
            json!({"body": "x"}),
            json!({"status": 99}),
            json!({"stauts": 500}),
        ] {
            assert!(read(value.clone()).is_err(), "{value}");
        }
    }
}
