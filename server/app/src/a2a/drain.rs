//! A waiting message is delivered when its agent says that it has room: one a heartbeat.
//!
//! The delivery crosses the same pipeline, so access and budget count again. An agent that is busy
//! again gets the message back into its queue: adding it anew would meet its own key and look
//! delivered, and the message would be lost.

use bytes::Bytes;
use http::HeaderMap;
use server_store::{
    DbError,
    a2a::queue::{self, Claimed},
    activity::{NewActivity, StoredJson, StoredText},
};
use server_types::WorkspaceId;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

use super::{Caller, Ceiling, Delivered, Message, OnBusy, SendError, send};
use crate::{App, activity};

/// Deliveries that may fail before a message is given up.
const ATTEMPTS_MAX: i32 = 5;

/// What became of the next waiting message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drained {
    /// Nothing waits.
    Empty,
    /// The agent has it.
    Completed,
    /// It waits again.
    PutBack,
    /// It is given up.
    Failed,
}

/// Delivers the next message of this agent beside the caller's own work.
pub fn spawn(app: &App, target: WorkspaceId) {
    let own = app.clone();
    app.context.spawn(async move {
        match one(&own, target).await {
            Ok(Drained::Empty) => {}
            Ok(drained) => tracing::info!(workspace = %target, ?drained, "A2A queue"),
            Err(error) => tracing::error!(workspace = %target, %error, "A2A queue not drained"),
        }
    });
}

/// Delivers the next message of this agent.
///
/// # Errors
/// The queue could not be read or written; the message is put back at the next boot at the latest.
pub async fn one(app: &App, target: WorkspaceId) -> Result<Drained, DbError> {
    let Some(item) = queue::claim(&app.store.db, target).await? else { return Ok(Drained::Empty) };
    let caller = item.caller.map_or(Caller::Canvas, Caller::Workspace);
    let message = Message {
        target,
        caller,
        body: Bytes::from(item.body.clone()),
        headers: HeaderMap::new(),
        ceiling: Ceiling::OfCaller,
        on_busy: OnBusy::Report,
        log: false,
    };
    #[cfg(feature = "witness")]
    let message = if seams::is_open(Seam::A2aDrainQueuesAgain) {
        Message { on_busy: OnBusy::Enqueue, ..message }
    } else {
        message
    };
    match send(app, message).await {
        Ok(delivered) => complete(app, target, &item, caller, delivered).await,
        Err(error) => refused(app, &item, &error).await,
    }
}

async fn complete(
    app: &App,
    target: WorkspaceId,
    item: &Claimed,
    caller: Caller,
    delivered: Delivered,
) -> Result<Drained, DbError> {
    queue::complete(&app.store.db, item.id).await?;
    if let (Caller::Canvas, Delivered::Answered { body, .. }) = (caller, &delivered) {
        keep_for_the_user(app, target, item, body).await;
    }
    Ok(Drained::Completed)
}

/// The first attempt was logged without an answer: without a row of its own this one would be gone
/// with the next reload of the canvas.
async fn keep_for_the_user(app: &App, target: WorkspaceId, item: &Claimed, reply: &Bytes) {
    let row = NewActivity {
        target_id: Some(target),
        method: item.method.as_deref().map(StoredText::new),
        summary: Some(StoredText::new("Answer to a queued message")),
        response_body: Some(StoredJson::lossless(reply)),
        ..NewActivity::new(target, "a2a_receive")
    };
    if let Err(error) = activity::record(app, row).await {
        tracing::error!(workspace = %target, %error, "A2A queue: answer not kept");
    }
}

async fn refused(app: &App, item: &Claimed, error: &SendError) -> Result<Drained, DbError> {
    let db = &app.store.db;
    match error {
        SendError::Busy | SendError::BusyNative => {
            queue::put_back(db, item.id, None).await?;
            Ok(Drained::PutBack)
        }
        _ if item.attempts < ATTEMPTS_MAX => {
            queue::put_back(db, item.id, Some(&last_error(error))).await?;
            Ok(Drained::PutBack)
        }
        _ => {
            queue::fail(db, item.id, &last_error(error)).await?;
            Ok(Drained::Failed)
        }
    }
}

/// The error's own text, else the standard phrase of its status, whatever shape it has.
fn last_error(error: &SendError) -> StoredText {
    let text = error.to_string();
    let phrase = || error.status().canonical_reason().unwrap_or("unknown drain dispatch error").to_owned();
    StoredText::new(if text.is_empty() { phrase() } else { text })
}

/// Puts back what a server that died had taken out; once, at boot.
pub async fn recover(app: &App) {
    match queue::recover(&app.store.db).await {
        Ok(0) => {}
        Ok(items) => tracing::info!(items, "A2A queue: put back what an earlier server had taken out"),
        Err(error) => tracing::error!(%error, "A2A queue: not recovered"),
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    /// Ledger: A2A-88.
    #[test]
    fn an_error_without_text_gives_the_reason_phrase() {
        let silent = |code| SendError::AgentFailed {
            status: StatusCode::from_u16(code).expect("a status"),
            error: String::new(),
        };
        assert_eq!(last_error(&silent(500)).as_str(), "Internal Server Error");
        assert_eq!(last_error(&silent(599)).as_str(), "unknown drain dispatch error");
        assert_eq!(last_error(&SendError::OverBudget).as_str(), "workspace budget limit exceeded");
    }
}
