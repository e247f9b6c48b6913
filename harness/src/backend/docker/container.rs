//! One container: started with testcontainers, then handled through the engine's own interface, which knows
//! more (signals, networks, waiting for an end).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bollard::Docker;
use bollard::models::{HostConfig, PortBinding};
use bollard::query_parameters::{
    KillContainerOptionsBuilder, RestartContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use testcontainers::core::{IntoContainerPort as _, Mount};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, CopyDataSource, GenericImage, ImageExt as _, TestcontainersError};
use tokio::sync::Mutex;

use super::failure::{failed, unless};
use super::logs::Follower;
use super::marks::Marks;
use super::network::Network;
use super::remake::Made;
use crate::backend::ready::{Ended, Running};
use crate::world::{LogBook, WorldError};

/// The most the engine may take to make and start one, readiness not included.
const START_WITHIN: Duration = Duration::from_secs(120);

/// How much of the processors a container gets beside a process of the machine, which has 1024. To the kernel a
/// container is one competitor, however many processes it holds: without more than one share, a database with fifty
/// busy connections gets no more than one idle loop, and on a loaded machine its callers wait for minutes.
const SHARES: i64 = 32 * 1024;

/// How a network is named that is another container's.
const OF_ANOTHER: &str = "container:";

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The service it is.
    pub(crate) service: String,
    /// The image, with its tag.
    pub(crate) image: String,
    /// Arguments for its program.
    pub(crate) args: Vec<String>,
    /// Its whole environment.
    pub(crate) env: Vec<(String, String)>,
    /// The network it starts in.
    pub(crate) network: String,
    /// Ports of the loopback, each with the container's own.
    pub(crate) publish: Vec<(u16, u16)>,
    /// A volume and where it is seen.
    pub(crate) volume: Option<(String, &'static str)>,
    /// Files to put in place before it starts.
    pub(crate) files: Vec<(String, String)>,
    /// Names that it knows without asking the engine, with their addresses.
    pub(crate) hosts: Vec<(String, String)>,
}

/// A container that was started. Dropping it removes it.
pub(crate) struct Container {
    pub(super) docker: Docker,
    pub(super) name: String,
    pub(super) made: Made,
    /// Gone once it was removed.
    pub(super) handle: Mutex<Option<ContainerAsync<GenericImage>>>,
    pub(super) follower: Mutex<Follower>,
}

impl Container {
    /// Makes and starts it; it is not ready yet.
    pub(crate) async fn start(
        docker: &Docker,
        marks: &Marks,
        order: &Order,
        log: &LogBook,
    ) -> Result<Self, WorldError> {
        let (image, tag) = order.image.rsplit_once(':').unwrap_or((&order.image, "latest"));
        let name = marks.container(&order.service);
        let mut request = GenericImage::new(image, tag)
            .with_container_name(&name)
            .with_labels(marks.labels(Some(&order.service)))
            .with_startup_timeout(START_WITHIN)
            .with_cmd(order.args.iter().cloned());
        for (name, value) in &order.env {
            request = request.with_env_var(name, value);
        }
        for (path, content) in &order.files {
            request = request.with_copy_to(path.clone(), CopyDataSource::Data(content.clone().into_bytes()));
        }
        for (outside, inside) in &order.publish {
            request = request.with_mapped_port(*outside, inside.tcp());
        }
        if let Some((volume, path)) = &order.volume {
            request = request.with_mount(Mount::volume_mount(volume, *path));
        }
        let (publish, domain) = (order.publish.clone(), marks.domain());
        let hosts = order.hosts.iter().map(|(name, address)| format!("{name}:{address}")).collect::<Vec<_>>();
        let guest = order.network.strip_prefix(OF_ANOTHER).map(|_| order.network.clone());
        if guest.is_none() {
            request = request.with_network(&order.network);
        }
        let request = request.with_host_config_modifier(move |host| match &guest {
            // Who looks through another container's eyes has its names and ports, and none of its own. Named as its
            // network, the library would make one of that name first, which a killed harness leaves behind.
            Some(other) => {
                host.network_mode = Some(other.clone());
                host.publish_all_ports = Some(false);
                host.port_bindings = None;
            }
            None => {
                adjust(host, &publish, &domain);
                host.extra_hosts = Some(hosts.clone());
            }
        });
        let started = request.start().await;
        let handle = started.map_err(failed(format!("start the container {name} of {}", order.image)))?;
        let follower = Mutex::new(Follower::start(docker, &name, log));
        let (made, handle) = (Made::default(), Mutex::new(Some(handle)));
        Ok(Self { docker: docker.clone(), name, made, handle, follower })
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its address in a network; none while it is not in it or does not run.
    pub(crate) async fn address(&self, network: &Network) -> Result<Option<String>, WorldError> {
        let about = self.docker.inspect_container(&self.name, None).await;
        let about = about.map_err(failed(format!("ask for the address of {}", self.name)))?;
        let networks = about.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let address = networks.get(network.name()).and_then(|endpoint| endpoint.ip_address.clone());
        Ok(address.filter(|address| !address.is_empty()))
    }

    /// Ends its program at once; the container stays.
    pub(crate) async fn kill(&self) -> Result<(), WorldError> {
        let options = KillContainerOptionsBuilder::new().signal("SIGKILL").build();
        let killed = self.docker.kill_container(&self.name, Some(options)).await;
        // 409: it does not run.
        unless(&[409], killed).map_err(failed(format!("kill {}", self.name)))?;
        self.ended().await;
        Ok(())
    }

    /// Stops it from running without ending it.
    pub(crate) async fn pause(&self) -> Result<(), WorldError> {
        let paused = self.docker.pause_container(&self.name).await;
        paused.map_err(failed(format!("pause {}", self.name)))
    }

    /// Lets it go on.
    pub(crate) async fn resume(&self) -> Result<(), WorldError> {
        let resumed = self.docker.unpause_container(&self.name).await;
        // It was not paused: a replay may resume to be sure.
        let resumed = match resumed {
            Err(error) if error.to_string().contains("is not paused") => Ok(()),
            other => other,
        };
        resumed.map_err(failed(format!("resume {}", self.name)))
    }

    /// Ends it, if it runs, and starts it with what it was made with; it is not ready yet.
    pub(crate) async fn restart(&self) -> Result<(), WorldError> {
        let options = RestartContainerOptionsBuilder::new().t(0).build();
        let restarted = self.docker.restart_container(&self.name, Some(options)).await;
        restarted.map_err(failed(format!("restart {}", self.name)))?;
        self.follower.lock().await.resume();
        Ok(())
    }

    /// Removes it with what it alone uses.
    pub(crate) async fn remove(&self) -> Result<(), WorldError> {
        self.remove_remade().await?;
        self.remove_first().await
    }

    /// Removes it as it was first made.
    pub(super) async fn remove_first(&self) -> Result<(), WorldError> {
        let Some(handle) = self.handle.lock().await.take() else { return Ok(()) };
        match handle.rm().await {
            Err(error) if gone(&error) => Ok(()),
            other => other.map_err(failed(format!("remove {}", self.name))),
        }
    }

    /// What the engine says of its state, as JSON for a report.
    pub(crate) async fn state(&self) -> Result<serde_json::Value, WorldError> {
        let about = self.docker.inspect_container(&self.name, None).await;
        let about = about.map_err(failed(format!("ask for the state of {}", self.name)))?;
        let image = about.config.as_ref().and_then(|config| config.image.clone());
        Ok(serde_json::json!({
            "name": self.name,
            "image": image,
            "image_id": about.image,
            "state": about.state,
            "restarts": about.restart_count,
        }))
    }
}

impl Running for Container {
    fn ended(&self) -> BoxFuture<'_, Ended> {
        Box::pin(async {
            let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
            let mut waiting = Box::pin(self.docker.wait_container(&self.name, Some(options)));
            let code = match waiting.next().await {
                Some(Ok(answer)) => Some(answer.status_code),
                // The client takes every code but 0 for an error.
                Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Some(code),
                Some(Err(_)) | None => None,
            };
            // What it wrote last is often why it ended.
            self.follower.lock().await.drained().await;
            let code = code.and_then(|code| i32::try_from(code).ok());
            let text =
                code.map_or_else(|| "an unknown status".to_owned(), |code| format!("exit code {code}"));
            Ended { code, text }
        })
    }
}

/// Whether somebody else has removed it, or is about to.
fn gone(error: &TestcontainersError) -> bool {
    let error = error as &dyn std::error::Error;
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain
        .map(ToString::to_string)
        .any(|text| text.contains("No such container") || text.contains("in progress"))
}

/// What testcontainers has no word for.
fn adjust(host: &mut HostConfig, publish: &[(u16, u16)], domain: &str) {
    let binding = |outside: u16| PortBinding {
        host_ip: Some(IpAddr::V4(Ipv4Addr::LOCALHOST).to_string()),
        host_port: Some(outside.to_string()),
    };
    let bindings =
        publish.iter().map(|(outside, inside)| (format!("{inside}/tcp"), Some(vec![binding(*outside)])));
    host.port_bindings = Some(bindings.collect::<HashMap<_, _>>());
    host.publish_all_ports = Some(false);
    host.cpu_shares = Some(SHARES);
    // A bare name is looked up in the world's domain first. Nothing is asked of the machine's name servers.
    host.dns = Some(vec![Ipv4Addr::LOCALHOST.to_string()]);
    host.dns_search = Some(vec![domain.to_owned()]);
    host.dns_options = Some(["ndots:1", "timeout:2", "attempts:2"].map(str::to_owned).to_vec());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_gets_the_processors_of_many_processes_and_is_published_on_the_loopback_alone() {
        let mut host = HostConfig::default();
        adjust(&mut host, &[(15000, 8080)], "w0-ab12");
        assert!(host.cpu_shares.is_some_and(|shares| shares > 1024), "as one process it would starve");
        let bindings = host.port_bindings.unwrap();
        let binding = &bindings["8080/tcp"].as_ref().unwrap()[0];
        assert_eq!(
            (binding.host_ip.as_deref(), binding.host_port.as_deref()),
            (Some("127.0.0.1"), Some("15000"))
        );
    }
}
