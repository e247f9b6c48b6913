//! Looking into a volume without running anything: a container that is made, read and removed.

use bollard::{
    models::{ContainerCreateBody, HostConfig},
    query_parameters::ContainerArchiveInfoOptionsBuilder,
};

use super::{Docker, DockerError, ShortId, archive::CONFIGS, image, is_missing, labels};

impl Docker {
    /// Whether the configuration volume of a workspace has a file; it has none when there is no volume.
    ///
    /// # Errors
    /// Nobody can say.
    pub(crate) async fn volume_has_file(
        &self,
        short: &ShortId,
        runtime: &str,
        file: &str,
    ) -> Result<bool, DockerError> {
        let volume = short.configs();
        match self.engine.inspect_volume(&volume).await {
            Ok(_) => {}
            Err(error) if is_missing(&error) => return Ok(false),
            Err(error) => return Err(DockerError::of(format!("inspect volume {volume}"))(error)),
        }
        let probe = short.probe();
        self.force_remove(&probe).await?;
        self.create(&probe, self.probe_body(&volume, runtime)).await?;
        let found = self.has_path(&probe, &format!("{CONFIGS}/{file}")).await;
        self.force_remove(&probe).await?;
        found
    }

    /// Any image will do: nothing of it runs.
    fn probe_body(&self, volume: &str, runtime: &str) -> ContainerCreateBody {
        let settings = &self.config.docker;
        let host_config = HostConfig {
            binds: Some(vec![format!("{volume}:{CONFIGS}:ro")]),
            network_mode: Some("none".into()),
            ..HostConfig::default()
        };
        ContainerCreateBody {
            image: Some(image::select(settings, runtime, None)),
            labels: Some(labels::of_scope(settings.scope.as_deref())),
            host_config: Some(host_config),
            ..ContainerCreateBody::default()
        }
    }

    async fn has_path(&self, container: &str, path: &str) -> Result<bool, DockerError> {
        let options = ContainerArchiveInfoOptionsBuilder::new().path(path).build();
        match self.engine.get_container_archive_info(container, Some(options)).await {
            Ok(_) => Ok(true),
            Err(error) if is_missing(&error) => Ok(false),
            Err(error) => Err(DockerError::of(format!("look for {path}"))(error)),
        }
    }
}
