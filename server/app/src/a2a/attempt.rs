//! One attempt to deliver, and the trace it leaves.
//!
//! Traces are written beside the reply, never before it: bounded in time, and without any influence
//! on what the sender hears.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};
use server_store::{
    a2a::{target, usage},
    activity::{NewActivity, StoredJson, StoredText},
};
use server_types::{EventName, WorkspaceId, stored::clip};

use super::{Caller, Normalised};
use crate::{App, activity};

/// Longest write of an activity row.
const LOG_BUDGET: Duration = Duration::from_secs(30);
/// Longest write of a timestamp or an account.
const NOTE_BUDGET: Duration = Duration::from_secs(5);
/// Longest summary.
const SUMMARY_BYTES_MAX: usize = 512;

/// A message on its way to one agent.
#[derive(Clone, Debug)]
pub(super) struct Attempt {
    pub(super) target: WorkspaceId,
    pub(super) name: String,
    /// No backend of ours runs the agent.
    pub(super) external: bool,
    pub(super) caller: Caller,
    pub(super) message: Normalised,
    pub(super) started: Instant,
    /// False for a message whose first attempt was logged already.
    pub(super) log: bool,
}

impl Attempt {
    pub(super) fn headline(&self) -> String {
        format!("{} → {}", self.message.method(), self.name)
    }

    /// The row of this attempt, still without an outcome.
    pub(super) fn row(&self, summary: String) -> NewActivity {
        NewActivity {
            source_id: self.caller.workspace(),
            target_id: Some(self.target),
            method: Some(StoredText::new(self.message.method())),
            summary: Some(StoredText::new(clip(&summary, SUMMARY_BYTES_MAX, "…"))),
            request_body: StoredJson::parse(self.message.text()),
            ..NewActivity::new(self.target, "a2a_receive")
        }
    }

    fn duration_ms(&self) -> i32 {
        i32::try_from(self.started.elapsed().as_millis()).unwrap_or(i32::MAX)
    }

    /// Logs an attempt that no agent answered; returns when the row is written or given up.
    pub(super) async fn failed(&self, app: &App, why: String) {
        let row = NewActivity {
            status: StoredText::new("error"),
            duration_ms: Some(self.duration_ms()),
            error_detail: Some(StoredText::new(why.clone())),
            ..self.row(format!("A2A request to {} failed: {why}", self.name))
        };
        self.write(app, row).await;
    }

    /// Logs, accounts and announces an answer, detached from the reply.
    pub(super) fn answered(&self, app: &App, status: StatusCode, body: &Bytes) {
        let failed = status.as_u16() >= 400;
        let stored = StoredJson::lossless(body);
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let row = NewActivity {
            status: StoredText::new(if failed { "error" } else { "ok" }),
            duration_ms: Some(self.duration_ms()),
            error_detail: failed.then(|| StoredText::new(format!("agent answered HTTP {}", status.as_u16()))),
            tool_trace: json.as_ref().and_then(tool_trace),
            response_body: Some(stored),
            ..self.row(self.headline())
        };
        if !failed
            && self.caller == Caller::Canvas
            && let Some(reply) = &json
        {
            self.announce(app, reply);
        }
        let (app, attempt) = (app.clone(), self.clone());
        app.context.clone().spawn(async move {
            attempt.write(&app, row).await;
            if !failed {
                attempt.note_outbound(&app).await;
            }
            attempt.account(&app, json.as_ref()).await;
        });
    }

    /// Logs an answer whose body is lost.
    pub(super) fn lost(&self, app: &App, delivery_confirmed: bool, why: String) {
        let row = NewActivity {
            status: StoredText::new(if delivery_confirmed { "ok" } else { "error" }),
            duration_ms: Some(self.duration_ms()),
            error_detail: Some(StoredText::new(why)),
            ..self.row(self.headline())
        };
        let (app, attempt) = (app.clone(), self.clone());
        app.context.clone().spawn(async move { attempt.write(&app, row).await });
    }

    /// The user in the canvas sees the reply at once; callers that wait for it need no event.
    fn announce(&self, app: &App, reply: &Value) {
        let payload = json!({
            "response_body": reply,
            "method": self.message.method(),
            "duration_ms": self.duration_ms(),
        });
        app.events.broadcast(EventName::A2aResponse, self.target, payload);
    }

    async fn write(&self, app: &App, row: NewActivity) {
        if !self.log {
            return;
        }
        let written = tokio::time::timeout(LOG_BUDGET, activity::record(app, row)).await;
        note(written, self.target, "activity row");
    }

    async fn note_outbound(&self, app: &App) {
        if let Some(caller) = self.caller.workspace() {
            let touched = target::touch_outbound(&app.store.db, caller);
            note(tokio::time::timeout(NOTE_BUDGET, touched).await, caller, "last_outbound_at");
        }
    }

    async fn account(&self, app: &App, reply: Option<&Value>) {
        if let Some((input, output)) = reply.and_then(tokens) {
            let added = usage::add(&app.store.db, self.target, input, output);
            note(tokio::time::timeout(NOTE_BUDGET, added).await, self.target, "token usage");
        }
    }
}

/// An after-effect that failed is worth a log line and nothing more.
fn note<T, E: std::fmt::Display>(
    done: Result<Result<T, E>, tokio::time::error::Elapsed>,
    workspace: WorkspaceId,
    what: &'static str,
) {
    match done {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::error!(%workspace, %error, "A2A {what} not written"),
        Err(_) => tracing::error!(%workspace, "A2A {what} not written in time"),
    }
}

fn tool_trace(reply: &Value) -> Option<StoredJson> {
    reply.pointer("/result/metadata/tool_trace").filter(|trace| !trace.is_null()).map(StoredJson::from)
}

/// Tokens in and out, from the result or else from the top level; absent counts are zero.
fn tokens(reply: &Value) -> Option<(i64, i64)> {
    let usage = reply.pointer("/result/usage").or_else(|| reply.get("usage"))?;
    let count = |key: &str| usage.get(key).and_then(Value::as_i64).filter(|count| *count >= 0);
    let (input, output) = (count("input_tokens"), count("output_tokens"));
    (input.is_some() || output.is_some()).then(|| (input.unwrap_or(0), output.unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: A2A-119.
    #[test]
    fn usage_is_found_in_the_result_first_and_then_beside_it() {
        let table = [
            (json!({ "result": { "usage": { "input_tokens": 3, "output_tokens": 4 } } }), Some((3, 4))),
            (json!({ "usage": { "input_tokens": 5 }, "result": {} }), Some((5, 0))),
            (
                json!({ "result": { "usage": { "input_tokens": 1 } }, "usage": { "input_tokens": 9 } }),
                Some((1, 0)),
            ),
            (json!({ "result": { "usage": { "input_tokens": "3" } } }), None),
            (json!({ "result": { "usage": null } }), None),
            (json!({ "result": {} }), None),
            (json!([1]), None),
        ];
        for (reply, expected) in table {
            assert_eq!(tokens(&reply), expected, "{reply}");
        }
    }
}
