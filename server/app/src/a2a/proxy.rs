//! The pipeline: access, budget, shape, delivery mode, address, exchange, trace. The order is contract.
//!
//! A malformed message to an unknown workspace is refused for its shape; a message over budget is
//! refused before anything looks at it; the shape is settled before a poll row is written, so that the
//! row carries the method.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};
use server_store::{
    a2a::target::{self, Target},
    workspaces::facts::EXTERNAL,
};
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{DeliveryMode, WorkspaceId};

use super::{
    Caller, SendError,
    attempt::Attempt,
    dispatch::{Answer, Busy, Clocks, Cut, Failure},
    health::{self, Health},
    normalise, poll,
    queue::{self, Queued},
    resolve,
};
use crate::App;

/// A message and how it is to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Whom it is for.
    pub target: WorkspaceId,
    /// Who sends it.
    pub caller: Caller,
    /// The JSON-RPC body as received.
    pub body: Bytes,
    /// Request headers that belong to the protocol, passed on as they are.
    pub headers: HeaderMap,
    /// Absolute end of the exchange.
    pub ceiling: Ceiling,
    /// What happens when the agent is busy.
    pub on_busy: OnBusy,
    /// False for a message whose first attempt was logged already.
    pub log: bool,
}

/// Where the absolute end of an exchange comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceiling {
    /// The caller's class.
    OfCaller,
    /// There is none.
    Unlimited,
    /// The sender named it.
    At(Duration),
}

/// What happens to a message that meets a busy agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnBusy {
    /// It is kept for later.
    Enqueue,
    /// It is waiting already: adding it again would meet its own key and look delivered.
    Report,
}

/// What became of a message that was not refused.
#[derive(Clone, Debug)]
pub enum Delivered {
    /// The agent answered with success.
    Answered {
        /// Its status.
        status: StatusCode,
        /// Set when the body is a stream of events and not JSON.
        content_type: Option<HeaderValue>,
        /// Its body.
        body: Bytes,
    },
    /// The agent will fetch it.
    Polled {
        /// The JSON-RPC method.
        method: String,
    },
    /// The agent was busy; it will get the message later.
    Queued(Queued),
}

/// [`send`], detached from the caller: what an agent has begun is not cancelled with a connection.
///
/// # Errors
/// See [`SendError`].
pub async fn send_detached(app: &App, message: Message) -> Result<Delivered, SendError> {
    let own = app.clone();
    let sending = app.context.tasks.spawn(async move { send(&own, message).await });
    sending.await.unwrap_or_else(|lost| std::panic::resume_unwind(lost.into_panic()))
}

/// Sends a message to an agent, or says why not.
///
/// # Errors
/// See [`SendError`].
pub async fn send(app: &App, message: Message) -> Result<Delivered, SendError> {
    let Message { target: id, caller, .. } = message;
    if let Some(from) = caller.workspace()
        && !app.can_communicate(from, id).await
    {
        return Err(SendError::AccessDenied);
    }
    let looked_up = target::target(&app.store.db, id).await;
    let row = looked_up.as_ref().ok().and_then(Option::as_ref);
    within_budget(id, row, looked_up.is_err())?;
    let attempt = Attempt {
        target: id,
        external: row.is_some_and(|row| row.runtime.as_deref() == Some(EXTERNAL)),
        name: row.map_or_else(|| id.to_string(), |row| row.name.clone()),
        caller,
        message: normalise(message.body.clone())?,
        started: Instant::now(),
        log: message.log,
    };
    if poll::delivery_mode(row) == DeliveryMode::Poll {
        poll::keep(app, &attempt).await?;
        return Ok(Delivered::Polled { method: attempt.message.method().to_owned() });
    }
    if let Err(error) = &looked_up {
        tracing::error!(workspace = %id, %error, "A2A: target lookup failed");
        return Err(SendError::LookupFailed);
    }
    exchange(app, &attempt, row, message).await
}

/// An unreadable budget does not stop work: that would make one failed read an outage.
fn within_budget(id: WorkspaceId, row: Option<&Target>, failed: bool) -> Result<(), SendError> {
    if failed {
        tracing::warn!(workspace = %id, "A2A: budget unknown, letting through");
    }
    let spent = row.and_then(|row| row.budget_limit.map(|limit| row.monthly_spend >= limit));
    if spent == Some(true) { Err(SendError::OverBudget) } else { Ok(()) }
}

/// Finds the agent, sends, and judges what came back.
async fn exchange(
    app: &App,
    attempt: &Attempt,
    row: Option<&Target>,
    message: Message,
) -> Result<Delivered, SendError> {
    let url = resolve::resolve(app, attempt.target, row).await?;
    let clocks = clocks(app, attempt, message.ceiling);
    match app.dispatcher.exchange(&url, &attempt.message, message.headers, clocks).await {
        Ok(Answer { status, content_type, body: Ok(body) }) => {
            attempt.answered(app, status, &body);
            let streamed = content_type.filter(is_event_stream);
            judge(app, attempt, status, streamed, body).await
        }
        Ok(Answer { status, body: Err(cut), .. }) => {
            let delivery_confirmed = status.is_success() || status.is_redirection();
            attempt.lost(app, delivery_confirmed, cut.to_string());
            Err(SendError::ReplyLost { delivery_confirmed, too_large: cut == Cut::TooLarge })
        }
        Err(failure) => unanswered(app, attempt, failure, message.on_busy).await,
    }
}

/// The clocks listen to the target before the request goes out, so that no sign of life is missed.
fn clocks(app: &App, attempt: &Attempt, ceiling: Ceiling) -> Clocks {
    let ceiling = match ceiling {
        Ceiling::OfCaller => attempt.caller.ceiling(),
        Ceiling::Unlimited => None,
        Ceiling::At(end) => Some(end),
    };
    let window = app.overrides.idle_timeout(attempt.target).unwrap_or(app.config.timing.a2a_idle);
    let pulse = app.events.pulse(attempt.target);
    Clocks::new(window, Box::new(move || pulse.last()), ceiling)
}

fn is_event_stream(content_type: &HeaderValue) -> bool {
    content_type.to_str().is_ok_and(|text| text.starts_with("text/event-stream"))
}

/// Maps the agent's status; a status that a dead agent's front would give is looked into.
async fn judge(
    app: &App,
    attempt: &Attempt,
    status: StatusCode,
    content_type: Option<HeaderValue>,
    body: Bytes,
) -> Result<Delivered, SendError> {
    if health::looks_dead(status)
        && health::check(app, attempt.target, attempt.external).await == Health::Dead
    {
        return Err(SendError::Restarting);
    }
    if status.as_u16() < 300 {
        return Ok(Delivered::Answered { status, content_type, body });
    }
    let own: Option<serde_json::Value> = serde_json::from_slice(&body).ok();
    let own = own.as_ref().and_then(|json| json.get("error")?.as_str());
    let phrase = || status.canonical_reason().unwrap_or("unknown status");
    Err(SendError::AgentFailed { status, error: own.unwrap_or_else(phrase).to_owned() })
}

/// No answer came: dead, busy or out of reach, in this order.
async fn unanswered(
    app: &App,
    attempt: &Attempt,
    failure: Failure,
    on_busy: OnBusy,
) -> Result<Delivered, SendError> {
    if failure == Failure::Unbuildable {
        return Err(SendError::Unbuildable);
    }
    attempt.failed(app, failure.to_string()).await;
    if health::check(app, attempt.target, attempt.external).await == Health::Dead {
        return Err(SendError::Restarting);
    }
    match failure {
        Failure::Busy(busy) => wait_or_refuse(app, attempt, busy, on_busy).await,
        _ => Err(SendError::Unreachable),
    }
}

async fn wait_or_refuse(
    app: &App,
    attempt: &Attempt,
    busy: Busy,
    on_busy: OnBusy,
) -> Result<Delivered, SendError> {
    tracing::info!(workspace = %attempt.target, %busy, "A2A: agent busy");
    let native = app.overrides.has_native_session(attempt.target);
    #[cfg(feature = "witness")]
    let native = native && !seams::is_open(Seam::A2aQueuesForNativeSessions);
    if native {
        return Err(SendError::BusyNative);
    }
    if on_busy == OnBusy::Report {
        return Err(SendError::Busy);
    }
    queue::enqueue(app, attempt).await.map(Delivered::Queued).map_err(|error| {
        tracing::error!(workspace = %attempt.target, %error, "A2A: message not queued");
        SendError::Busy
    })
}
