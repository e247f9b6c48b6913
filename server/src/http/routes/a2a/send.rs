//! `POST /workspaces/{id}/a2a`: a message to an agent, and its answer.
//!
//! The route authenticates its own callers. The exchange runs detached from the connection: closing
//! the tab must not cancel what the agent is already doing.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde_json::json;
use server_app::{
    App,
    a2a::{self, Caller, Ceiling, Delivered, Message, OnBusy},
    auth::{self, CallerClaim, a2a::Sender},
};
use server_types::limits::A2A_BODY_BYTES_MAX;

use super::refusal::refuse;
use crate::http::{
    extract::{PathId, Shown, Unread, capped},
    refusal::Refusal,
};

/// Protocol headers that a 1.x agent needs to accept the message at all.
const FORWARDED: [HeaderName; 3] = [
    HeaderName::from_static("a2a-version"),
    HeaderName::from_static("a2a-extensions"),
    HeaderName::from_static("x-a2a-extensions"),
];
/// Longest ceiling a caller may name; a longer one is as good as none.
const CEILING_MAX: Duration = Duration::from_secs(30 * 24 * 60 * 60);

pub(super) async fn handler(
    PathId(target): PathId,
    State(app): State<App>,
    Shown(shown): Shown,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let body = read(&headers, body).await?;
    let claim = CallerClaim::of(&headers)?;
    let sender = auth::a2a::authenticate(&app, &shown, claim, target).await?;
    let message = Message {
        target,
        caller: match sender {
            Sender::Canvas => Caller::Canvas,
            Sender::Workspace(id) => Caller::Workspace(id),
        },
        body,
        headers: forwarded(&headers),
        ceiling: ceiling(&headers),
        on_busy: OnBusy::Enqueue,
        log: true,
    };
    Ok(a2a::send_detached(&app, message).await.map_or_else(|error| refuse(&error), answer))
}

async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    capped(headers, body, A2A_BODY_BYTES_MAX).await.map_err(|unread| match unread {
        Unread::TooLarge => {
            let text = format!("request body too large (max {A2A_BODY_BYTES_MAX} bytes)");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, text)
        }
        Unread::Broken => Refusal::bad_request("failed to read request body"),
    })
}

fn forwarded(headers: &HeaderMap) -> HeaderMap {
    let mut kept = HeaderMap::new();
    for name in FORWARDED {
        for value in headers.get_all(&name) {
            kept.append(name.clone(), value.clone());
        }
    }
    kept
}

/// `X-Timeout` in whole seconds; 0 lifts the ceiling, anything unreadable is ignored.
fn ceiling(headers: &HeaderMap) -> Ceiling {
    let named = headers.get("x-timeout").and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
    match named {
        None => Ceiling::OfCaller,
        Some(0) => Ceiling::Unlimited,
        Some(secs) => Ceiling::At(Duration::from_secs(secs).min(CEILING_MAX)),
    }
}

fn answer(delivered: Delivered) -> Response {
    match delivered {
        Delivered::Answered { status, content_type, body } => {
            let json = HeaderValue::from_static("application/json");
            (status, [(CONTENT_TYPE, content_type.unwrap_or(json))], body).into_response()
        }
        Delivered::Polled { method } => {
            Json(json!({ "status": "queued", "delivery_mode": "poll", "method": method })).into_response()
        }
        Delivered::Queued(queued) => {
            let body = json!({
                "queued": true,
                "queue_id": queued.id,
                "queue_depth": queued.depth,
                "message": "workspace agent busy — request queued, will dispatch when capacity available",
            });
            (StatusCode::ACCEPTED, Json(body)).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_seconds_set_the_ceiling() {
        let table = [
            (None, Ceiling::OfCaller),
            (Some("0"), Ceiling::Unlimited),
            (Some("5"), Ceiling::At(Duration::from_secs(5))),
            (Some("-5"), Ceiling::OfCaller),
            (Some("1.5"), Ceiling::OfCaller),
            (Some("soon"), Ceiling::OfCaller),
            (Some("18446744073709551615"), Ceiling::At(CEILING_MAX)),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert("x-timeout", HeaderValue::from_static(value));
            }
            assert_eq!(ceiling(&headers), expected, "{value:?}");
        }
    }

    #[test]
    fn protocol_headers_are_passed_on_and_credentials_are_not() {
        let mut headers = HeaderMap::new();
        for name in
            ["a2a-version", "a2a-extensions", "x-a2a-extensions", "authorization", "cookie", "x-workspace-id"]
        {
            headers.insert(name, HeaderValue::from_static("v"));
        }
        let kept = forwarded(&headers);
        let mut names: Vec<&str> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["a2a-extensions", "a2a-version", "x-a2a-extensions"]);
    }
}
