//! Removing what a run left in the engine, found by its label.
//!
//! A harness that was killed may have asked for a container that the engine is still making: two looks in a
//! row must find nothing before nothing is left.

use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::query_parameters::{
    ListContainersOptionsBuilder, ListNetworksOptionsBuilder, ListVolumesOptionsBuilder,
    RemoveContainerOptionsBuilder, RemoveVolumeOptionsBuilder,
};
use futures_util::future::join_all;

use super::failure::failed;
use super::images;
use super::marks::Owned;
use crate::world::WorldError;

const WITHIN: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks that must find nothing.
const EMPTY_LOOKS: usize = 2;

/// What is in the engine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    containers: Vec<String>,
    networks: Vec<String>,
    volumes: Vec<String>,
}

impl Found {
    fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.networks.is_empty() && self.volumes.is_empty()
    }

    /// As people read it.
    pub(crate) fn names(&self) -> Vec<String> {
        let kinds = [("container", &self.containers), ("network", &self.networks), ("volume", &self.volumes)];
        kinds
            .iter()
            .flat_map(|(kind, names)| names.iter().map(move |name| format!("{kind} {name}")))
            .collect()
    }
}

/// Removes everything somebody owns, in whatever state it is. Returns what would not go.
pub(crate) async fn remove(owned: &Owned) -> Result<Vec<String>, WorldError> {
    let docker = images::engine().await?;
    let deadline = Instant::now() + WITHIN;
    let mut empty = 0;
    loop {
        let found = look(&docker, owned).await?;
        if found.is_empty() {
            empty += 1;
            if empty == EMPTY_LOOKS {
                return Ok(Vec::new());
            }
        } else {
            empty = 0;
            if Instant::now() > deadline {
                return Ok(found.names());
            }
            end(&docker, &found).await;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What somebody owns right now.
pub(crate) async fn look(docker: &Docker, owned: &Owned) -> Result<Found, WorldError> {
    let what = "list what a run has in the engine";
    let filter = owned.filter();
    let containers = ListContainersOptionsBuilder::new().all(true).filters(&filter).build();
    let containers = docker.list_containers(Some(containers)).await.map_err(failed(what))?;
    let networks = ListNetworksOptionsBuilder::new().filters(&filter).build();
    let networks = docker.list_networks(Some(networks)).await.map_err(failed(what))?;
    let volumes = ListVolumesOptionsBuilder::new().filters(&filter).build();
    let volumes = docker.list_volumes(Some(volumes)).await.map_err(failed(what))?;
    Ok(Found {
        containers: containers
            .into_iter()
            .filter_map(|container| Some(container.names?.first()?.trim_start_matches('/').to_owned()))
            .collect(),
        networks: networks.into_iter().filter_map(|network| network.name).collect(),
        volumes: volumes.volumes.into_iter().flatten().map(|volume| volume.name).collect(),
    })
}

/// Containers first: they hold the rest. What refuses is found by the next look.
async fn end(docker: &Docker, found: &Found) {
    let options = || RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    join_all(found.containers.iter().map(|name| docker.remove_container(name, Some(options())))).await;
    join_all(found.networks.iter().map(|name| docker.remove_network(name))).await;
    let options = || RemoveVolumeOptionsBuilder::new().force(true).build();
    join_all(found.volumes.iter().map(|name| docker.remove_volume(name, Some(options())))).await;
}
