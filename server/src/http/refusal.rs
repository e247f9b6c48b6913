//! How a refusal looks on the wire: `{"error": "<public text>"}` plus fields that are contract.
//!
//! Public texts are `&'static str` or built from values the caller sent; an internal error never
//! becomes one. Each endpoint's own refusal enum maps onto [`Refusal`] in one exhaustive match.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use server_app::auth::Refused;
use server_types::PublicText;

/// A refusal: status, public text, extra contract fields.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    body: Map<String, Value>,
}

impl Refusal {
    /// A refusal with the one field `error`.
    pub fn new(status: StatusCode, error: impl Into<String>) -> Self {
        let mut body = Map::new();
        body.insert("error".into(), Value::String(error.into()));
        Self { status, body }
    }

    /// 400 with a public text.
    pub fn bad_request(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    /// 404 with a public text.
    pub fn not_found(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }

    /// 500 with a public text; the cause goes to the log and nowhere else.
    pub fn internal(error: &'static str, cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause, "{error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }

    /// Adds a contract field beside `error`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.body.insert(field.into(), value.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Value::Object(self.body))).into_response();
        // The rest of a refused body is not read, so the connection cannot carry another request: whoever
        // pools connections must know, or its next request meets a closing socket.
        if self.status == StatusCode::PAYLOAD_TOO_LARGE {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        let status = match refused {
            Refused::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Refused::CheckFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Refused::NotFound => StatusCode::NOT_FOUND,
            Refused::InvalidCallerId => StatusCode::FORBIDDEN,
            Refused::MissingWorkspaceToken
            | Refused::InvalidWorkspaceToken
            | Refused::AdminRequired
            | Refused::InvalidAdminToken
            | Refused::InvalidSession
            | Refused::MissingCallerToken
            | Refused::InvalidCallerToken => StatusCode::UNAUTHORIZED,
        };
        // The text is fixed per variant; no cause is inside.
        let refusal = Self::new(status, refused.public_text());
        match refused {
            Refused::Unavailable => refusal.with("code", "platform_unavailable"),
            _ => refusal,
        }
    }
}
