//! Stopping: one forced removal, which beats the restart policy, and what its answers mean.

use bollard::query_parameters::RemoveContainerOptionsBuilder;

use super::{Docker, DockerError, EngineError, ShortId};

/// How a container came to be gone, or certainly going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// This call removed it.
    Removed,
    /// There was none.
    AlreadyGone,
    /// Another call is removing it.
    InProgress,
}

impl Docker {
    /// Removes a workspace's container.
    ///
    /// # Errors
    /// It may still run: its volumes must stay.
    pub(crate) async fn stop(&self, short: &ShortId) -> Result<Stopped, DockerError> {
        let container = short.container();
        let stopped = self.force_remove(&container).await?;
        match stopped {
            Stopped::Removed => tracing::info!("Provisioner: {container} removed"),
            Stopped::AlreadyGone => tracing::info!("Provisioner: {container} was already gone"),
            Stopped::InProgress => tracing::info!("Provisioner: {container} is already being removed"),
        }
        Ok(stopped)
    }

    pub(super) async fn force_remove(&self, container: &str) -> Result<Stopped, DockerError> {
        let options = RemoveContainerOptionsBuilder::new().force(true).build();
        match self.engine.remove_container(container, Some(options)).await {
            Ok(()) => Ok(Stopped::Removed),
            Err(error) => read(&message(&error))
                .ok_or_else(|| DockerError::of(format!("force-remove {container}"))(error)),
        }
    }
}

/// The engine's own words, without what the client puts around them.
pub(super) fn message(error: &EngineError) -> String {
    match error {
        EngineError::DockerResponseServerError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

/// What a refusal to remove means; `None` when the container may still run.
///
/// "already in progress" alone may be an image pull, so that both halves are needed.
fn read(message: &str) -> Option<Stopped> {
    let says = |text| message.contains(text);
    if says("No such container") || says("not found") {
        Some(Stopped::AlreadyGone)
    } else if says("removal of container") && says("already in progress") {
        Some(Stopped::InProgress)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: PROV-49.
    #[test]
    fn only_a_container_that_is_certainly_going_counts_as_stopped() {
        for (message, stopped) in [
            ("No such container: ws-550e8400-e29", Some(Stopped::AlreadyGone)),
            ("Error response from daemon: No such container: abc", Some(Stopped::AlreadyGone)),
            ("container ws-550e8400-e29 not found", Some(Stopped::AlreadyGone)),
            ("removal of container ws-550e8400-e29 is already in progress", Some(Stopped::InProgress)),
            (
                "Error response from daemon: removal of container 0a1b is already in progress",
                Some(Stopped::InProgress),
            ),
            ("pull of image x is already in progress", None),
            ("already in progress", None),
            ("removal of container ws-550e8400-e29 failed", None),
            ("You cannot remove a running container", None),
            ("driver failed: device or resource busy", None),
            ("Timeout error", None),
            ("context canceled", None),
            ("unexpected EOF", None),
            ("", None),
        ] {
            assert_eq!(read(message), stopped, "{message:?}");
        }
    }
}
