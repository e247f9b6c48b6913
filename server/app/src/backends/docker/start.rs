//! The sequence of a start. Each step leaves things so that the whole may run again.
//!
//! volumes -> remove an older container of the name -> image -> create -> token -> start -> template ->
//! files -> address. The token goes in before the agent runs: an agent that reads an older one from its
//! volume is locked out (#1877).

use std::time::Duration;

use bollard::{
    models::ContainerCreateBody,
    query_parameters::{CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder},
};
use secrecy::ExposeSecret as _;

use super::{
    ConfigFiles, Docker, DockerError, EngineError, ShortId, Start, Started, archive,
    archive::Mode,
    image, is_missing, mounts, pull, spec,
    stop::{self, Stopped},
};

/// Environment variable that empties the session volume.
const RESET_SESSION: &str = "WORKSPACE_RESET_SESSION";
const AUTH_TOKEN_FILE: &str = ".auth_token";
/// Looks at a container whose port is not published yet.
const INSPECTS: u32 = 3;
const INSPECT_PAUSE: Duration = Duration::from_millis(500);
/// Longest wait until an older container of the name is gone.
const GONE_WITHIN: Duration = Duration::from_secs(20);

impl Docker {
    /// Starts a workspace's container, in place of any older one.
    ///
    /// # Errors
    /// A step that cannot be gone without; nothing of this start runs then.
    pub(crate) async fn start(&self, start: &Start) -> Result<Started, DockerError> {
        let short = ShortId::of(start.id);
        let container = short.container();
        let mounts = mounts::of(self, start);
        self.remove_older(&container).await?;
        if is_truthy(start.env.get(RESET_SESSION).map(String::as_str)) {
            self.reset_session(&short).await;
        }
        for volume in &mounts.volumes {
            self.ensure_volume(volume).await?;
        }
        self.ensure_network().await?;
        let image = image::select(&self.config.docker, &start.runtime, start.digest.as_deref());
        pull::when_due(self, &image).await;
        self.create(&container, spec::of(self, start, &image, mounts.binds)).await?;
        self.give_token(&container, start).await;
        if let Err(source) = self.engine.start_container(&container, None).await {
            self.discard(&container).await;
            return Err(DockerError::of(format!("start {container}"))(source));
        }
        self.give_files(&container, start).await;
        let internal_url = short.internal_url();
        let url = self.published(&container).await.unwrap_or_else(|| internal_url.clone());
        Ok(Started { url, internal_url })
    }

    /// Removes a container of the same name and waits until the name is free.
    async fn remove_older(&self, container: &str) -> Result<(), DockerError> {
        if self.force_remove(container).await? != Stopped::InProgress {
            return Ok(());
        }
        let deadline = tokio::time::Instant::now() + GONE_WITHIN;
        while tokio::time::Instant::now() < deadline {
            match self.engine.inspect_container(container, None).await {
                Err(error) if is_missing(&error) => return Ok(()),
                _ => tokio::time::sleep(INSPECT_PAUSE).await,
            }
        }
        Err(DockerError::StillThere(container.to_owned()))
    }

    pub(super) async fn create(&self, container: &str, body: ContainerCreateBody) -> Result<(), DockerError> {
        let mut options = CreateContainerOptionsBuilder::new().name(container);
        if let Some(platform) = &self.config.docker.platform {
            options = options.platform(platform);
        }
        let image = body.image.clone().unwrap_or_default();
        match self.engine.create_container(Some(options.build()), body).await {
            Ok(_) => Ok(()),
            Err(source) if no_such_image(&source) => {
                Err(DockerError::NoImage { runtime: image::runtime_of(&image).to_owned(), image, source })
            }
            Err(source) => Err(DockerError::of(format!("create {container}"))(source)),
        }
    }

    /// Best effort: without it the agent registers anew after the next sweep of stale tokens.
    async fn give_token(&self, container: &str, start: &Start) {
        let Some(token) = &start.auth_token else { return };
        let file = ConfigFiles::from([(AUTH_TOKEN_FILE.into(), token.expose_secret().into())]);
        if let Err(error) = self.give(container, archive::of_files(&file, Mode::Secret)).await {
            tracing::warn!(%error, container, "auth token was not written before the start");
        }
    }

    /// Best effort: an agent without its files says so itself, and a restart tries again.
    async fn give_files(&self, container: &str, start: &Start) {
        if let Some(template) = &start.template
            && let Err(error) = self.give(container, archive::of_folder(template.clone()).await).await
        {
            tracing::warn!(%error, container, template = %template.display(), "template was not copied");
        }
        if !start.files.is_empty()
            && let Err(error) = self.give(container, archive::of_files(&start.files, Mode::Public)).await
        {
            tracing::warn!(%error, container, "configuration files were not written");
        }
    }

    async fn give(&self, container: &str, packed: std::io::Result<Vec<u8>>) -> Result<(), DockerError> {
        self.upload(container, packed?).await
    }

    /// Takes a container that did not start out of the way.
    async fn discard(&self, container: &str) {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        if let Err(error) = self.engine.remove_container(container, Some(options)).await {
            tracing::warn!(%error, container, "container that did not start was not removed");
        }
    }

    /// The loopback address the engine gave the agent's port; `None` when it says none in time.
    async fn published(&self, container: &str) -> Option<String> {
        for look in 1..=INSPECTS {
            match self.engine.inspect_container(container, None).await {
                Ok(found) => {
                    let ports = found.network_settings.and_then(|network| network.ports).unwrap_or_default();
                    let binding = ports.get(&spec::agent_port()).cloned().flatten().unwrap_or_default();
                    if let Some((ip, port)) = binding.into_iter().find_map(|b| b.host_ip.zip(b.host_port)) {
                        return Some(format!("http://{ip}:{port}"));
                    }
                }
                Err(error) => tracing::warn!(%error, container, "published port is unknown"),
            }
            if look < INSPECTS {
                tokio::time::sleep(INSPECT_PAUSE).await;
            }
        }
        None
    }
}

/// The engine says 404 for a missing network too.
fn no_such_image(error: &EngineError) -> bool {
    is_missing(error) && stop::message(error).to_ascii_lowercase().contains("no such image")
}

fn is_truthy(word: Option<&str>) -> bool {
    let word = word.map(|word| word.trim().to_ascii_lowercase());
    matches!(word.as_deref(), Some("1" | "t" | "true" | "y" | "yes" | "on"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_reset_by_a_word_that_means_yes() {
        for yes in ["1", "true", " TRUE ", "yes", "on"] {
            assert!(is_truthy(Some(yes)), "{yes:?}");
        }
        for no in ["", "0", "false", "no", "off", "maybe"] {
            assert!(!is_truthy(Some(no)), "{no:?}");
        }
        assert!(!is_truthy(None));
    }

    #[test]
    fn only_a_missing_image_is_taken_for_one() {
        let error = |status_code, message: &str| EngineError::DockerResponseServerError {
            status_code,
            message: message.to_owned(),
        };
        assert!(no_such_image(&error(404, "No such image: x:latest")));
        assert!(!no_such_image(&error(404, "network x not found")));
        assert!(!no_such_image(&error(500, "No such image: x:latest")));
    }
}
