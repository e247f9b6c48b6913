//! What a model in a workspace can call, and the text it reads back.
//!
//! Every failure names its own cause. A tool that turned all failures into "no peers, you may be
//! isolated" once hid a registration bug for weeks (#2397).

mod ask;
mod chat_history;
mod delegate;
mod list_peers;
mod send_message_to_user;
mod workspace_info;

use serde::Serialize;
use serde_json::Value;

use super::{platform::Caller, standin::Agent};

/// What a tool gives back.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    /// Whether the tool did what it is for.
    pub(super) ok: bool,
    /// What the model reads.
    pub(super) text: String,
    /// The platform's answer, for the harness.
    pub(super) data: Value,
}

impl Told {
    fn done(text: impl Into<String>, data: Value) -> Self {
        Self { ok: true, text: text.into(), data }
    }

    fn failed(text: impl Into<String>) -> Self {
        Self { ok: false, text: text.into(), data: Value::Null }
    }
}

/// Runs a tool; none when there is no such tool.
pub(super) async fn run(agent: &Agent, caller: &Caller, tool: &str, args: &Value) -> Option<Told> {
    Some(match tool {
        "list_peers" => list_peers::run(agent, caller).await,
        "chat_history" => chat_history::run(agent, caller, args).await,
        "send_message_to_user" => send_message_to_user::run(agent, caller, args).await,
        "delegate" => delegate::run(agent, caller, args).await,
        "get_workspace_info" => workspace_info::run(agent, caller).await,
        _ => return None,
    })
}

/// A text argument; none when it is missing, empty or of another type.
fn text_arg<'a>(args: &'a Value, key: &str) -> Option<&'a str> {
    args.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
