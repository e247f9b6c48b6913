//! Which containers are on the engine, stopped ones too.

use std::collections::{BTreeSet, HashMap};

use bollard::{models::ContainerSummary, query_parameters::ListContainersOptionsBuilder};

use super::{Docker, DockerError, ShortId, labels};

impl Docker {
    /// Workspaces that have a container, whoever made it.
    ///
    /// # Errors
    /// The engine did not answer; an empty set means that there are none.
    pub(crate) async fn workspace_containers(&self) -> Result<BTreeSet<ShortId>, DockerError> {
        let all = self.containers("name", "ws-").await?;
        Ok(all.iter().flat_map(short_ids).collect())
    }

    /// Workspaces whose container this server made.
    ///
    /// # Errors
    /// The engine did not answer.
    pub(crate) async fn managed_containers(&self) -> Result<BTreeSet<ShortId>, DockerError> {
        let all = self.containers("label", &format!("{}=true", labels::MANAGED)).await?;
        let scope = self.config.docker.scope.as_deref();
        let no_labels = HashMap::new();
        let ours = all
            .iter()
            .filter(|container| labels::are_ours(container.labels.as_ref().unwrap_or(&no_labels), scope));
        Ok(ours.flat_map(short_ids).collect())
    }

    async fn containers(&self, filter: &str, value: &str) -> Result<Vec<ContainerSummary>, DockerError> {
        let filters = HashMap::from([(filter, vec![value])]);
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        self.engine.list_containers(Some(options)).await.map_err(DockerError::of("list containers"))
    }
}

fn short_ids(container: &ContainerSummary) -> impl Iterator<Item = ShortId> {
    container.names.iter().flatten().filter_map(|name| ShortId::of_container(name))
}
