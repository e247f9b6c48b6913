//! The edge as a task of this process, for replays that script it: nginx cannot be told to misbehave.

use std::net::Ipv4Addr;
use std::sync::Arc;

use harness_model::topology::{EdgeSpec, ServiceSpec};
use tokio::net::TcpListener;

use super::{Slot, World};
use crate::backend::docker::controller::Untouchable;
use crate::edge::Edge;
use crate::world::{Controller, Endpoint, Position, WorldError};

impl World<'_, '_> {
    /// The edge as a task of this process: a replay is going to script it, which nginx does not allow.
    pub(super) async fn edge_task(
        &self,
        name: &str,
        service: &ServiceSpec,
        spec: &EdgeSpec,
        slot: &Slot,
    ) -> Result<(Arc<dyn Controller>, Endpoint), WorldError> {
        let port = slot.published.unwrap_or_default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.map_err(WorldError::io(format!("listen for `{name}`")))?;
        let address = format!("127.0.0.1:{port}");
        let outside = self.outside.lock().await.clone();
        let config = self.draft.edge(name, spec, |service| outside.get(service).cloned())?;
        let serving = tokio::spawn(Edge::serve(listener, config, slot.log.clone()));
        self.draft.cleanup.lock().await.task(serving.abort_handle());
        let awaited = self.draft.ground.base.awaited(name, &service.ready, &address, &slot.log);
        awaited.ready(None, Position::default()).await?;
        self.outside.lock().await.insert(name.to_owned(), address.clone());
        let controller = Arc::new(Untouchable { service: name.to_owned() });
        Ok((controller, Endpoint::Http(format!("http://{address}"))))
    }
}
