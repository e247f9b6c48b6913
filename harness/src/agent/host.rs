//! The host: all agents of a world behind one control address.

use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{net::TcpListener, task::JoinHandle};

use super::{
    behaviour::Imposed, control, disk::Disk, ports::Ports, seams::Seams, spawn::Spawn, standin::Agent,
};

/// Where a host puts its agents.
#[derive(Clone, Debug)]
pub struct HostConfig {
    /// Name under which agents register: a service name, or an address of the loopback.
    pub host_name: String,
    /// Address that agents listen on.
    pub bind: IpAddr,
    /// Ports of the agents, one each.
    pub ports: RangeInclusive<u16>,
    /// Digest of the sources, shown on the health route.
    pub build: String,
    /// Where agents keep their disks; they are removed with their agents.
    pub folder: PathBuf,
}

/// A serving host. Dropping it stops the control API; [`AgentHost::stop`] also stops the agents.
pub struct AgentHost {
    hosted: Arc<Hosted>,
    address: SocketAddr,
    control: JoinHandle<()>,
}

/// Which agent is meant: a workspace, and its org where two orgs have the same one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    workspace_id: String,
    org_id: Option<String>,
}

/// What the control API works on.
pub(super) struct Hosted {
    pub(super) config: HostConfig,
    agents: Mutex<BTreeMap<Key, Arc<Agent>>>,
    ports: Mutex<Ports>,
    imposed: Mutex<Option<Imposed>>,
    /// Bugs of a client that are brought back in every agent.
    pub(super) seams: Seams,
}

/// Why there is no agent to answer with.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAgent {
    #[error("no agent for this workspace")]
    Unknown,
    #[error(
        "{} agents have this workspace, of the orgs {}: say which with ?org= on the control path",
        .0.len(),
        .0.join(", ")
    )]
    Ambiguous(Vec<String>),
}

/// Why an agent could not start.
#[derive(Debug, thiserror::Error)]
pub(super) enum SpawnRefused {
    #[error("workspace_id and platform_url are required")]
    Incomplete,
    #[error("all {0} ports of this host are taken: kill agents before more are spawned")]
    NoPort(usize),
    #[error("agent could not start: {what}: {source}")]
    Io { what: &'static str, source: io::Error },
}

impl AgentHost {
    /// Serves the control API on a bound listener until it is stopped or dropped.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn serve(listener: TcpListener, config: HostConfig) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let ports = Mutex::new(Ports::new(config.ports.clone()));
        let hosted = Arc::new(Hosted {
            config,
            agents: Mutex::default(),
            ports,
            imposed: Mutex::default(),
            seams: Seams::default(),
        });
        let router = control::router(Arc::clone(&hosted));
        let control = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("agent host stopped serving: {error}");
            }
        });
        Ok(Self { hosted, address, control })
    }

    /// Address of the control API.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where a path of the only agent really lies.
    #[cfg(test)]
    pub(super) fn first_disk(&self, path: &str) -> std::path::PathBuf {
        self.hosted.all()[0].disk().real(path)
    }

    /// Stops every agent and the control API, and waits for the agents' end.
    pub async fn stop(self) {
        self.control.abort();
        for agent in self.hosted.all() {
            agent.stop().await;
        }
    }
}

impl Drop for AgentHost {
    fn drop(&mut self) {
        self.control.abort();
        for agent in self.hosted.all() {
            agent.cancel();
        }
    }
}

impl Hosted {
    /// Starts an agent; one that is there for the same workspace is stopped first, as a machine
    /// that is replaced.
    pub(super) async fn spawn(&self, spawn: Spawn) -> Result<Arc<Agent>, SpawnRefused> {
        if spawn.workspace_id.is_empty() || spawn.platform_url.is_empty() {
            return Err(SpawnRefused::Incomplete);
        }
        let key = Key { workspace_id: spawn.workspace_id.clone(), org_id: spawn.org_id.clone() };
        let replaced = self.agents().remove(&key);
        if let Some(replaced) = &replaced {
            self.end(replaced).await;
        }
        let disk = match replaced.filter(|_| spawn.keep_disk) {
            Some(replaced) => replaced.disk().clone(),
            None => Disk::new(&self.config.folder).map_err(failed("making its disk"))?,
        };
        let listener = self.listen().await?;
        let agent = Agent::start(spawn, listener, &self.config.host_name, disk, self.seams.clone());
        let agent = agent.map_err(failed("storing its token"))?;
        agent.book().impose(self.imposed().clone());
        let overtaken = self.agents().insert(key, Arc::clone(&agent));
        if let Some(overtaken) = overtaken {
            self.end(&overtaken).await;
        }
        Ok(agent)
    }

    /// Makes every agent answer so, now and later, whatever is ordered.
    pub(super) fn impose(&self, imposed: &Imposed) {
        *self.imposed() = Some(imposed.clone());
        for agent in self.all() {
            agent.book().impose(Some(imposed.clone()));
        }
    }

    fn imposed(&self) -> MutexGuard<'_, Option<Imposed>> {
        self.imposed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops an agent and frees its port. A stop that names another machine is not meant for it.
    pub(super) async fn kill(
        &self,
        workspace_id: &str,
        org_id: Option<&str>,
        instance_id: Option<&str>,
    ) -> Result<bool, NoAgent> {
        let agent = self.find(workspace_id, org_id)?;
        let runs_elsewhere = match (instance_id, &agent.spawn().instance_id) {
            (Some(asked), Some(own)) => asked != own,
            _ => false,
        };
        if runs_elsewhere {
            return Ok(false);
        }
        self.agents().retain(|_, other| !Arc::ptr_eq(other, &agent));
        self.end(&agent).await;
        Ok(true)
    }

    pub(super) fn find(&self, workspace_id: &str, org_id: Option<&str>) -> Result<Arc<Agent>, NoAgent> {
        let agents = self.agents();
        let of_org = |key: &Key| org_id.is_none_or(|org| key.org_id.as_deref() == Some(org));
        let meant = |key: &Key| key.workspace_id == workspace_id && of_org(key);
        let found: Vec<_> = agents.iter().filter(|(key, _)| meant(key)).collect();
        match found.as_slice() {
            [] => Err(NoAgent::Unknown),
            [(_, agent)] => Ok(Arc::clone(agent)),
            several => {
                let org = |(key, _): &(&Key, _)| key.org_id.clone().unwrap_or_else(|| "(none)".to_owned());
                Err(NoAgent::Ambiguous(several.iter().map(org).collect()))
            }
        }
    }

    pub(super) fn all(&self) -> Vec<Arc<Agent>> {
        self.agents().values().cloned().collect()
    }

    async fn end(&self, agent: &Agent) {
        agent.stop().await;
        self.ports.lock().unwrap_or_else(PoisonError::into_inner).give_back(agent.port());
    }

    /// The next port that can be had; one that somebody else holds is skipped and stays taken.
    async fn listen(&self) -> Result<TcpListener, SpawnRefused> {
        loop {
            let port = self.ports.lock().unwrap_or_else(PoisonError::into_inner).take();
            let port = port.ok_or_else(|| SpawnRefused::NoPort(self.config.ports.len()))?;
            if let Ok(listener) = TcpListener::bind((self.config.bind, port)).await {
                return Ok(listener);
            }
        }
    }

    fn agents(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Agent>>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(what: &'static str) -> impl FnOnce(io::Error) -> SpawnRefused {
    move |source| SpawnRefused::Io { what, source }
}
