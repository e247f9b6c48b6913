//! What a container is made from.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, NetworkingConfig, PortBinding, RestartPolicy,
    RestartPolicyNameEnum,
};

use super::{AGENT_PORT, Docker, ShortId, Start, env, labels, tiers::Tier};

const LOOPBACK: &str = "127.0.0.1";
/// The default `PLATFORM_URL` has this name; only desktop engines know it by themselves.
const HOST_GATEWAY: &str = "host.docker.internal:host-gateway";

/// The port of an agent, as the engine writes it.
pub(super) fn agent_port() -> String {
    format!("{AGENT_PORT}/tcp")
}

/// The request for one container.
pub(super) fn of(docker: &Docker, start: &Start, image: &str, binds: Vec<String>) -> ContainerCreateBody {
    let settings = &docker.config.docker;
    let tier = Tier::of(start.tier);
    // An empty port lets the engine choose; loopback keeps agents off the machine's network.
    let binding = PortBinding { host_ip: Some(LOOPBACK.into()), host_port: Some(String::new()) };
    let host_config = HostConfig {
        binds: Some(binds),
        port_bindings: Some(HashMap::from([(agent_port(), Some(vec![binding]))])),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
            maximum_retry_count: None,
        }),
        extra_hosts: Some(vec![HOST_GATEWAY.into()]),
        ..tier.shape(&settings.network, settings.ceilings)
    };
    ContainerCreateBody {
        image: Some(image.to_owned()),
        env: Some(env::of(docker, start)),
        labels: Some(labels::of_scope(settings.scope.as_deref())),
        exposed_ports: Some(vec![agent_port()]),
        host_config: Some(host_config),
        networking_config: (tier != Tier::Host)
            .then(|| alias(&settings.network, ShortId::of(start.id).container())),
        ..ContainerCreateBody::default()
    }
}

fn alias(network: &str, name: String) -> NetworkingConfig {
    let endpoint = EndpointSettings { aliases: Some(vec![name]), ..EndpointSettings::default() };
    NetworkingConfig { endpoints_config: Some(HashMap::from([(network.to_owned(), endpoint)])) }
}
