//! The network that workspaces join.

use bollard::models::NetworkCreateRequest;

use super::{Docker, DockerError, is_missing, labels};

impl Docker {
    /// Makes the network unless it is there.
    pub(super) async fn ensure_network(&self) -> Result<(), DockerError> {
        let name = self.config.docker.network.as_str();
        let _alone = self.network.lock().await;
        match self.engine.inspect_network(name, None).await {
            Ok(_) => return Ok(()),
            Err(error) if is_missing(&error) => {}
            Err(error) => return Err(DockerError::of(format!("inspect network {name}"))(error)),
        }
        let request = NetworkCreateRequest {
            name: name.to_owned(),
            labels: Some(labels::of_scope(self.config.docker.scope.as_deref())),
            ..NetworkCreateRequest::default()
        };
        let made = self.engine.create_network(request).await;
        made.map(drop).map_err(DockerError::of(format!("create network {name}")))
    }
}
