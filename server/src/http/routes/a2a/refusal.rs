//! How a message that was not answered looks on the wire.

use axum::{
    Json,
    http::{HeaderValue, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use server_app::a2a::SendError;
use server_types::PublicText;

/// The refusal of the pipeline: status, body, and when to come back.
pub(super) fn refuse(error: &SendError) -> Response {
    let mut response = (error.status(), Json(body(error))).into_response();
    if let Some(secs) = error.retry_after_secs() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(secs));
    }
    response
}

fn body(error: &SendError) -> Value {
    let mut body = match error {
        SendError::Malformed(malformed) => return malformed.body(),
        _ => json!({ "error": error.public_text() }),
    };
    let fields = match error {
        SendError::Waking => json!({ "waking": true }),
        SendError::Restarting => json!({ "restarting": true }),
        SendError::Busy => json!({ "busy": true }),
        SendError::BusyNative => json!({ "busy": true, "native_session": true }),
        SendError::NoUrl(status) => json!({ "status": status }),
        SendError::ReplyLost { delivery_confirmed, .. } => {
            json!({ "delivery_confirmed": delivery_confirmed })
        }
        _ => json!({}),
    };
    for (key, value) in fields.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    if let Some(secs) = error.retry_after_secs() {
        body["retry_after"] = json!(secs);
    }
    body
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn every_refusal_has_its_documented_body() {
        let table = [
            (
                SendError::AccessDenied,
                403,
                json!({ "error": "access denied: workspaces cannot communicate per hierarchy rules" }),
            ),
            (SendError::OverBudget, 402, json!({ "error": "workspace budget limit exceeded" })),
            (
                SendError::PollNotStored,
                503,
                json!({ "error": "failed to queue message for poll delivery", "retry_after": 5 }),
            ),
            (
                SendError::Waking,
                503,
                json!({ "error": "workspace is waking from hibernation — retry in ~15 seconds", "waking": true, "retry_after": 15 }),
            ),
            (SendError::Unroutable, 502, json!({ "error": "workspace URL is not publicly routable" })),
            (SendError::Unbuildable, 500, json!({ "error": "failed to create proxy request" })),
            (
                SendError::Restarting,
                503,
                json!({ "error": "workspace agent unreachable — container restart triggered", "restarting": true, "retry_after": 15 }),
            ),
            (
                SendError::BusyNative,
                503,
                json!({ "error": "workspace agent busy — adapter handles retry (native_session)", "busy": true, "native_session": true, "retry_after": 30 }),
            ),
            (
                SendError::Busy,
                503,
                json!({ "error": "workspace agent busy — retry after a short backoff", "busy": true, "retry_after": 30 }),
            ),
            (SendError::Unreachable, 502, json!({ "error": "failed to reach workspace agent" })),
            (
                SendError::ReplyLost { delivery_confirmed: true, too_large: false },
                502,
                json!({ "error": "failed to read agent response", "delivery_confirmed": true }),
            ),
            (
                SendError::ReplyLost { delivery_confirmed: false, too_large: true },
                502,
                json!({ "error": "agent response too large", "delivery_confirmed": false }),
            ),
            (
                SendError::AgentFailed { status: StatusCode::IM_A_TEAPOT, error: "short and stout".into() },
                418,
                json!({ "error": "short and stout" }),
            ),
        ];
        for (error, status, expected) in table {
            let response = refuse(&error);
            assert_eq!(response.status().as_u16(), status, "{error:?}");
            let retry =
                response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("digits").to_owned());
            assert_eq!(retry, expected.get("retry_after").map(Value::to_string), "{error:?}");
            assert_eq!(body(&error), expected);
        }
    }
}
