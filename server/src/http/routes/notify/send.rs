//! `POST /workspaces/{id}/notify`: the user sees it at once, and again after a reload.

use axum::{Json, extract::State};
use serde_json::{Value, json};
use server_app::{
    App,
    activity::notify::{Notice, NotifyError, notify},
};
use server_types::PublicText;

use crate::http::{
    extract::{BodyBytes, WorkspaceAuth},
    refusal::Refusal,
};

impl From<NotifyError> for Refusal {
    fn from(error: NotifyError) -> Self {
        match error {
            NotifyError::Invalid | NotifyError::NoMessage | NotifyError::Attachment(_) => {
                Self::bad_request(error.public_text())
            }
            NotifyError::NotFound => Self::not_found(error.public_text()),
            NotifyError::Database(cause) => Self::internal("lookup failed", &cause),
        }
    }
}

pub(super) async fn handler(
    auth: WorkspaceAuth,
    State(app): State<App>,
    body: BodyBytes,
) -> Result<Json<Value>, Refusal> {
    notify(&app, auth.id, &Notice::parse(&body.0)?).await?;
    Ok(Json(json!({ "status": "sent" })))
}
