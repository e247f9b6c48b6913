//! How a refusal looks on the wire: `{"error": "<public text>"}` plus fields that are contract.
//!
//! Public texts are `&'static str` or built from values the caller sent; an internal error never
//! becomes one. Each endpoint's own refusal enum maps onto [`Refusal`] in one exhaustive match.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};

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

    /// Adds a contract field beside `error`.
    #[must_use]
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Self {
        self.body.insert(field.into(), value.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(Value::Object(self.body))).into_response()
    }
}
