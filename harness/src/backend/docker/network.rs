//! Networks of a world: one without a route out, where services meet, and one whose only use is that ports can
//! be published on the loopback.
//!
//! The engine publishes no port of a container that is only in an internal network. The second network
//! therefore is an ordinary one, but its packets are not rewritten to the machine's address on their way
//! out, so that no answer ever finds its way back: it leads nowhere either.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use bollard::Docker;
use bollard::models::{
    EndpointIpamConfig, EndpointSettings, Ipam, IpamConfig, NetworkConnectRequest, NetworkCreateRequest,
    NetworkDisconnectRequest,
};

use super::failure::{failed, unless};
use super::marks::Marks;
use crate::world::WorldError;

/// How often another address range is tried when one is taken.
const ATTEMPTS: usize = 50;

/// What a network is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Services meet here. There is no route out.
    Inside,
    /// Ports are published on the loopback.
    Publish,
}

/// A network of the engine.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    docker: Docker,
    name: String,
    gateway: Ipv4Addr,
}

impl Network {
    /// Makes one. It has a range of its own, since only then can a container come back to its address.
    pub(crate) async fn create(docker: &Docker, marks: &Marks, what: Use) -> Result<Self, WorldError> {
        let name = marks.named(match what {
            Use::Inside => "inside",
            Use::Publish => "publish",
        });
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let (subnet, gateway) = some_range();
            let range = IpamConfig {
                subnet: Some(subnet),
                gateway: Some(gateway.to_string()),
                ..IpamConfig::default()
            };
            let request = NetworkCreateRequest {
                name: name.clone(),
                driver: Some("bridge".into()),
                internal: Some(what == Use::Inside),
                labels: Some(marks.labels(None)),
                ipam: Some(Ipam { config: Some(vec![range]), ..Ipam::default() }),
                options: Some(HashMap::from([(
                    "com.docker.network.bridge.enable_ip_masquerade".to_owned(),
                    "false".to_owned(),
                )])),
                ..NetworkCreateRequest::default()
            };
            match docker.create_network(request).await {
                Ok(_) => return Ok(Self { docker: docker.clone(), name, gateway }),
                Err(error) if error.to_string().contains("overlap") => last = Some(error),
                Err(error) => return Err(failed(format!("make the network {name}"))(error)),
            }
        }
        let why = last.map(|error| error.to_string()).unwrap_or_default();
        Err(failed(format!("find a free address range for {name}"))(why))
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Where the machine itself is in it.
    pub(crate) fn gateway(&self) -> IpAddr {
        self.gateway.into()
    }

    /// Brings a container in, under some names and, when it is to be found again, at its old address.
    pub(crate) async fn join(
        &self,
        container: &str,
        aliases: &[String],
        address: Option<&str>,
    ) -> Result<(), WorldError> {
        let at = |address: &str| EndpointIpamConfig {
            ipv4_address: Some(address.to_owned()),
            ..EndpointIpamConfig::default()
        };
        let request = NetworkConnectRequest {
            container: container.to_owned(),
            endpoint_config: Some(EndpointSettings {
                aliases: Some(aliases.to_vec()),
                ipam_config: address.map(at),
                ..EndpointSettings::default()
            }),
        };
        let joined = self.docker.connect_network(&self.name, request).await;
        joined.map_err(failed(format!("bring {container} into {}", self.name)))
    }

    /// Takes a container out.
    pub(crate) async fn leave(&self, container: &str) -> Result<(), WorldError> {
        let request = NetworkDisconnectRequest { container: container.to_owned(), force: Some(true) };
        let left = self.docker.disconnect_network(&self.name, request).await;
        // Not there (any more): whatever wanted it out has its way.
        unless(&[404], left).map_err(failed(format!("take {container} out of {}", self.name)))
    }

    /// Removes it; nothing may be in it.
    pub(crate) async fn remove(&self) -> Result<(), WorldError> {
        let removed = self.docker.remove_network(&self.name).await;
        unless(&[404], removed).map_err(failed(format!("remove the network {}", self.name)))
    }
}

/// Thirty addresses somewhere in the quarter of `10.0.0.0/8` that few networks use, and the first of them.
fn some_range() -> (String, Ipv4Addr) {
    let [second, third, fourth] = rand::random::<[u8; 3]>();
    let start = Ipv4Addr::new(10, 64 + second % 64, third, fourth & 0xe0);
    (format!("{start}/27"), Ipv4Addr::from_bits(start.to_bits() + 1))
}
