//! `GET /workspaces/{id}/console`: the serial console of the machine, through the control plane.

use axum::{Json, extract::State, http::StatusCode};
use server_app::{App, provisioning::ConsoleError};
use server_wire::control_plane::Console;

use crate::http::{
    extract::{AdminAuth, PathId},
    refusal::Refusal,
};

impl From<ConsoleError> for Refusal {
    fn from(error: ConsoleError) -> Self {
        match error {
            ConsoleError::NoControlPlane => Self::new(
                StatusCode::NOT_IMPLEMENTED,
                "console output unavailable on this deployment (no control plane)",
            ),
            ConsoleError::ControlPlane(cause) => {
                tracing::warn!(cause = &cause as &dyn std::error::Error, "console read failed");
                Self::new(StatusCode::BAD_GATEWAY, "control plane returned an error fetching console output")
            }
        }
    }
}

pub(super) async fn handler(
    _: AdminAuth,
    PathId(id): PathId,
    State(app): State<App>,
) -> Result<Json<Console>, Refusal> {
    Ok(Json(app.console(id).await?))
}
