//! A container made anew in the place of an earlier one: the engine changes no environment of one that exists.
//!
//! The new one has its name, labels, ports, mounts, networks and address, so that nobody else notices. What its
//! program had written inside goes with the old one.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, EndpointIpamConfig, EndpointSettings, NetworkingConfig,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, RemoveContainerOptionsBuilder, StartContainerOptions,
};
use serde_json::Value;
use tokio::sync::Mutex;

use super::container::Container;
use super::failure::{failed, unless};
use super::logs::Follower;
use super::network::Network;
use crate::world::{Reboot, WorldError};

/// What is known of how a container was made.
#[derive(Debug, Default)]
pub(crate) struct Made {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How it was made first; none until it was made anew.
    first: Option<ContainerCreateBody>,
    /// Whether the environment that it has now differs from the first.
    changed: bool,
}

/// Where a container is to be found again.
#[derive(Clone, Copy)]
pub(crate) struct Where<'a> {
    /// Where services meet.
    pub(crate) inside: &'a Network,
    /// Where its port is published, when it is.
    pub(crate) publish: Option<&'a Network>,
    /// Its name there.
    pub(crate) alias: &'a str,
    /// Its address there.
    pub(crate) at: Option<&'a str>,
}

impl Container {
    /// Whether it has another environment than it was first made with.
    pub(crate) async fn is_changed(&self) -> bool {
        self.made.state.lock().await.changed
    }

    /// Removes it and starts another one in its place, which is not ready yet.
    pub(crate) async fn remake(&self, reboot: &Reboot, to: Where<'_>) -> Result<(), WorldError> {
        let mut state = self.made.state.lock().await;
        let first = match state.first.take() {
            Some(first) => first,
            None => self.first().await?,
        };
        let body = body(&first, reboot, to);
        state.first = Some(first);
        state.changed = !reboot.env.is_empty();
        drop(state);
        self.remove().await?;
        let what = || format!("make {} anew", self.name);
        let options = CreateContainerOptionsBuilder::new().name(&self.name).build();
        let made = self.docker.create_container(Some(options), body).await;
        made.map_err(failed(what()))?;
        // Before it starts: a network that comes later resets what is on its way.
        if let Some(publish) = to.publish {
            publish.join(&self.name, &[], None).await?;
        }
        let started = self.docker.start_container(&self.name, None::<StartContainerOptions>).await;
        started.map_err(failed(what()))?;
        let mut follower = self.follower.lock().await;
        *follower = Follower::start(&self.docker, &self.name, follower.log());
        Ok(())
    }

    /// Removes the one that was made anew, if there is one.
    pub(super) async fn remove_remade(&self) -> Result<(), WorldError> {
        if self.made.state.lock().await.first.is_none() {
            return Ok(());
        }
        let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
        let removed = self.docker.remove_container(&self.name, Some(options)).await;
        // Somebody else has removed it, or is about to.
        unless(&[404, 409], removed).map_err(failed(format!("remove {}", self.name)))
    }

    /// How it was made, as the engine tells it.
    async fn first(&self) -> Result<ContainerCreateBody, WorldError> {
        let about = self.docker.inspect_container(&self.name, None).await;
        let about = about.map_err(failed(format!("ask how {} was made", self.name)))?;
        made_as(about).map_err(failed(format!("read how {} was made", self.name)))
    }
}

/// An order that makes the same container again: what the engine tells of one has the form in which it is asked.
fn made_as(about: ContainerInspectResponse) -> Result<ContainerCreateBody, serde_json::Error> {
    let mut order = serde_json::to_value(about.config)?;
    order["HostConfig"] = serde_json::to_value(about.host_config)?;
    // It was made up from the id of the old one.
    order["Hostname"] = Value::Null;
    serde_json::from_value(order)
}

fn body(first: &ContainerCreateBody, reboot: &Reboot, to: Where<'_>) -> ContainerCreateBody {
    let env = first.env.iter().flatten();
    let env: Vec<(String, String)> = env
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let env = reboot.over(&env, str::to_owned).into_iter().map(|(name, value)| format!("{name}={value}"));
    let place = EndpointSettings {
        aliases: Some(vec![to.alias.to_owned()]),
        ipam_config: to.at.map(|at| EndpointIpamConfig {
            ipv4_address: Some(at.to_owned()),
            ..EndpointIpamConfig::default()
        }),
        ..EndpointSettings::default()
    };
    let places = HashMap::from([(to.inside.name().to_owned(), place)]);
    ContainerCreateBody {
        env: Some(env.collect()),
        networking_config: Some(NetworkingConfig { endpoints_config: Some(places) }),
        ..first.clone()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_container_is_made_again_as_the_engine_tells_of_the_first() {
        let about = json!({
            "Config": { "Hostname": "0123abcd", "Image": "tenant:1", "Labels": { "harness.run": "r" }, "Cmd": ["x"],
                        "Env": ["PATH=/bin", "A=1"] },
            "HostConfig": { "NetworkMode": "inside", "CpuShares": 32768 },
        });
        let made = made_as(serde_json::from_value(about).unwrap()).unwrap();
        assert_eq!((made.hostname, made.image.as_deref()), (None, Some("tenant:1")));
        assert_eq!(made.labels.unwrap()["harness.run"], "r");
        assert_eq!(made.env.unwrap(), ["PATH=/bin", "A=1"]);
        let host = made.host_config.unwrap();
        assert_eq!((host.network_mode.as_deref(), host.cpu_shares), (Some("inside"), Some(32768)));
    }
}
