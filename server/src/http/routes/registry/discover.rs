//! `GET /registry/discover/{id}`: where one agent reaches another.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use server_app::{App, registry::discover::DiscoverRefused};
use server_types::WorkspaceId;

use crate::http::{
    extract::{DiscoveryCaller, PathId},
    refusal::Refusal,
};

#[derive(Serialize)]
pub(super) struct Reply {
    id: WorkspaceId,
    url: String,
    name: String,
}

impl From<DiscoverRefused> for Refusal {
    fn from(refused: DiscoverRefused) -> Self {
        let text = refused.to_string();
        match refused {
            DiscoverRefused::NotAuthorized => Self::new(StatusCode::FORBIDDEN, text),
            DiscoverRefused::NotFound => Self::not_found(text),
            DiscoverRefused::NotAvailable(status) => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, text).with("status", status.as_str())
            }
            DiscoverRefused::Unsafe => Self::new(StatusCode::SERVICE_UNAVAILABLE, text),
            DiscoverRefused::Query(cause) => Self::internal("lookup failed", &cause),
        }
    }
}

pub(super) async fn handler(
    DiscoveryCaller(caller): DiscoveryCaller,
    PathId(target): PathId,
    State(app): State<App>,
) -> Result<Json<Reply>, Refusal> {
    let found = app.discover(caller, target).await?;
    Ok(Json(Reply { id: found.id, url: found.url, name: found.name }))
}
