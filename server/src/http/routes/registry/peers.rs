//! `GET /registry/{id}/peers`: siblings, then children, then the parent.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use server_app::{App, registry::peers::PeersRefused};
use server_store::hierarchy::Peer;
use server_types::{WorkspaceId, WorkspaceStatus};

use crate::http::{extract::PeersCaller, refusal::Refusal};

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Params {
    q: String,
}

#[derive(Serialize)]
pub(super) struct Item {
    id: WorkspaceId,
    name: String,
    role: Option<String>,
    tier: i32,
    status: WorkspaceStatus,
    url: String,
    parent_id: Option<WorkspaceId>,
    agent_card: Option<Value>,
    active_tasks: i32,
}

impl From<Peer> for Item {
    fn from(peer: Peer) -> Self {
        Self {
            id: peer.id,
            name: peer.name,
            role: peer.role,
            tier: peer.tier,
            status: peer.status,
            url: peer.url,
            parent_id: peer.parent_id,
            agent_card: peer.agent_card,
            active_tasks: peer.active_tasks,
        }
    }
}

impl From<PeersRefused> for Refusal {
    fn from(refused: PeersRefused) -> Self {
        match refused {
            PeersRefused::NotFound => Self::not_found("workspace not found"),
            PeersRefused::Query(cause) => Self::internal("lookup failed", &cause),
        }
    }
}

pub(super) async fn handler(
    PeersCaller(id): PeersCaller,
    Query(params): Query<Params>,
    State(app): State<App>,
) -> Result<Json<Vec<Item>>, Refusal> {
    Ok(Json(app.peers(id, &params.q).await?.into_iter().map(Item::from).collect()))
}
