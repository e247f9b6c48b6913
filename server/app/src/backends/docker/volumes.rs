//! Volumes: made with labels before a container needs them, removed after it is gone.

use bollard::{models::VolumeCreateRequest, query_parameters::RemoveVolumeOptions};

use super::{Docker, DockerError, ShortId, is_missing, labels};

impl Docker {
    /// Makes a volume; one that is there stays as it is.
    pub(super) async fn ensure_volume(&self, name: &str) -> Result<(), DockerError> {
        let request = VolumeCreateRequest {
            name: Some(name.to_owned()),
            labels: Some(labels::of_scope(self.config.docker.scope.as_deref())),
            ..VolumeCreateRequest::default()
        };
        let made = self.engine.create_volume(request).await;
        made.map(drop).map_err(DockerError::of(format!("create volume {name}")))
    }

    /// Removes what a workspace's container kept for itself. `/workspace` is the user's and stays.
    ///
    /// # Errors
    /// The configuration is still there; a session that stays is only logged.
    pub(crate) async fn remove_volume(&self, short: &ShortId) -> Result<(), DockerError> {
        let configs = self.drop_volume(&short.configs()).await;
        if let Err(error) = self.drop_volume(&short.sessions()).await {
            tracing::warn!(%error, "session volume stays");
        }
        configs
    }

    /// Empties the sessions before a start.
    pub(super) async fn reset_session(&self, short: &ShortId) {
        if let Err(error) = self.drop_volume(&short.sessions()).await {
            tracing::warn!(%error, "session was not reset");
        }
    }

    async fn drop_volume(&self, name: &str) -> Result<(), DockerError> {
        match self.engine.remove_volume(name, None::<RemoveVolumeOptions>).await {
            Err(error) if !is_missing(&error) => Err(DockerError::of(format!("remove volume {name}"))(error)),
            _ => Ok(()),
        }
    }
}
