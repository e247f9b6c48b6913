//! `POST /workspaces/{id}/activity`: an agent reports what it did.

use axum::{Json, extract::State, http::StatusCode};
use serde_json::{Value, json};
use server_app::{
    App,
    activity::report::{ReportError, report},
};
use server_types::PublicText;

use crate::http::{
    extract::{BodyBytes, WorkspaceAuth},
    refusal::Refusal,
};

impl From<ReportError> for Refusal {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::Invalid | ReportError::Type => Self::bad_request(error.public_text()),
            ReportError::ForeignSource => Self::new(StatusCode::FORBIDDEN, error.public_text()),
            ReportError::NotRecorded(cause) => Self::internal("failed to log activity", &cause),
        }
    }
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    body: BodyBytes,
) -> Result<Json<Value>, Refusal> {
    report(&app, auth.id, &body.0).await?;
    Ok(Json(json!({ "status": "logged" })))
}
