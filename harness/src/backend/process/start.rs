//! Making one world: addresses, environments, databases, then services in the order they need.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use futures_util::future::try_join_all;
use harness_model::topology::{EdgeSpec, Kind, ServiceSpec, Text};
use indexmap::IndexMap;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, watch};

use super::child::Order;
use super::cleanup::Cleanup;
use super::controller::{Linked, Program};
use super::ground::{self, Ground};
use super::link::Link;
use super::postgres::database;
use super::ready::Starting;
use super::template;
use crate::agent::{AgentHost, HostConfig};
use crate::edge::{self, Edge};
use crate::world::plan::{self, Env, Facts, Services};
use crate::world::{Controller, Endpoint, LogBook, Looked, Position, Service, World, WorldError, WorldSpec};

/// Where the databases of a world come from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Databases {
    /// Cloned from the templates.
    Cloned,
    /// Empty: this world makes the templates.
    Empty,
}

/// A world and what it has taken.
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) services: IndexMap<String, Service>,
    pub(crate) variables: IndexMap<String, String>,
    pub(crate) cleanup: Cleanup,
}

/// Makes a world and waits until all its services are ready.
pub(crate) async fn world(ground: &Arc<Ground>, spec: &WorldSpec) -> Result<World, WorldError> {
    template::ensure(ground, &spec.topology).await?;
    let made = make(ground, spec, Databases::Cloned).await?;
    let cleanup = made.cleanup;
    let teardown = Box::new(move || -> futures_util::future::BoxFuture<'static, Result<(), WorldError>> {
        Box::pin(cleanup.run())
    });
    let topology = spec.topology.clone();
    let world = World::new(made.id, topology, made.variables, made.services, ground.http.clone(), teardown);
    world.found_programs(ground.program_files());
    Ok(world)
}

/// The same without a handle.
pub(crate) async fn make(
    ground: &Arc<Ground>,
    spec: &WorldSpec,
    databases: Databases,
) -> Result<Made, WorldError> {
    let services = plan::services(spec)?;
    let number = ground.next_world();
    let id = format!("{}_{number}", ground.run);
    let folder = ground.folder.join(number.to_string());
    std::fs::create_dir_all(&folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
    let mut cleanup = Cleanup::new(ground.clone());
    cleanup.folder(folder.clone());
    let mut world = Making {
        ground,
        spec,
        services,
        databases,
        facts: Facts {
            world: id.clone(),
            variables: variables(spec),
            endpoints: IndexMap::new(),
            listens: IndexMap::new(),
        },
        id: id.clone(),
        folder,
        cleanup,
        slots: IndexMap::new(),
        environments: IndexMap::new(),
    };
    match world.run().await {
        Ok(services) => Ok(Made { id, services, variables: world.facts.variables, cleanup: world.cleanup }),
        Err(error) => {
            // The first error is the one to tell.
            let _ = world.cleanup.run().await;
            Err(error)
        }
    }
}

fn variables(spec: &WorldSpec) -> IndexMap<String, String> {
    let value = |variable: &harness_model::topology::Variable| {
        let given = variable.env.as_ref().and_then(|name| std::env::var(name).ok());
        given.filter(|value| !value.is_empty()).unwrap_or_else(|| variable.default.clone())
    };
    spec.topology.variables.iter().map(|(name, variable)| (name.clone(), value(variable))).collect()
}

/// What a service has before it starts.
struct Slot {
    log: LogBook,
    link: Option<Link>,
    /// Where it listens itself: `127.0.0.1:<port>`.
    address: String,
    /// For a task of this process: its listener, taken when it starts.
    listener: Option<TcpListener>,
}

struct Making<'a> {
    ground: &'a Arc<Ground>,
    spec: &'a WorldSpec,
    services: Services,
    databases: Databases,
    facts: Facts,
    id: String,
    folder: PathBuf,
    cleanup: Cleanup,
    slots: IndexMap<String, Slot>,
    environments: IndexMap<String, Env>,
}

impl Making<'_> {
    async fn run(&mut self) -> Result<IndexMap<String, Service>, WorldError> {
        for name in self.services.keys().cloned().collect::<Vec<_>>() {
            self.place(&name).await?;
        }
        self.environments = plan::environments(&self.services, &self.facts)?;
        let gates: IndexMap<String, watch::Sender<bool>> =
            self.services.keys().map(|name| (name.clone(), watch::Sender::new(false))).collect();
        let cleanup = Mutex::new(std::mem::replace(&mut self.cleanup, Cleanup::new(self.ground.clone())));
        let slots: IndexMap<String, Mutex<Slot>> =
            self.slots.drain(..).map(|(name, slot)| (name, Mutex::new(slot))).collect();
        let this = &*self;
        let (gates, slots, cleanup_of) = (&gates, &slots, &cleanup);
        let starts = this.services.iter().map(|(name, service)| async move {
            for need in &service.needs {
                let gate =
                    gates.get(need).ok_or_else(|| WorldError::unknown("service", need, gates.keys()))?;
                let _ = gate.subscribe().wait_for(|open| *open).await;
            }
            let started = match slots.get(name) {
                Some(slot) => this.start(name, service, &mut *slot.lock().await, cleanup_of).await?,
                None => None,
            };
            gates[name].send_replace(true);
            Ok::<_, WorldError>(started)
        });
        let started = try_join_all(starts).await;
        self.cleanup = cleanup.into_inner();
        Ok(started?.into_iter().flatten().map(|service| (service.name().to_owned(), service)).collect())
    }

    /// Gives a service its address, so that others can refer to it before it runs.
    async fn place(&mut self, name: &str) -> Result<(), WorldError> {
        let kind = self.services[name].kind.clone();
        let folder = self.folder.join(name);
        std::fs::create_dir_all(&folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
        let log = LogBook::to_file(&self.folder.join(format!("{name}.log")));
        let log = log.map_err(WorldError::io(format!("make the log of `{name}`")))?;
        let mut listener = None;
        let address = match &kind {
            Kind::Postgres(_) => self.ground.cluster(name).await?.address(),
            Kind::Redis(_) => match self.ground.redis() {
                Some(url) => ground::address(url),
                None => return Ok(()),
            },
            Kind::Program { .. } => format!("127.0.0.1:{}", self.port(name)?),
            Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
                let bound = TcpListener::bind(("127.0.0.1", self.port(name)?)).await;
                let bound = bound.map_err(WorldError::io(format!("listen for `{name}`")))?;
                let address = bound.local_addr().map_err(WorldError::io("read an address"))?;
                listener = Some(bound);
                address.to_string()
            }
        };
        let link = match self.spec.disturbs.contains(name) {
            true => Some(Link::open(self.cleanup.port()?, address.clone()).await?),
            false => None,
        };
        let reached = link.as_ref().map_or_else(|| address.clone(), |link| link.address().to_string());
        let endpoint = self.endpoint(name, &kind, &reached).await?;
        self.facts.endpoints.insert(name.to_owned(), endpoint);
        self.facts.listens.insert(name.to_owned(), Endpoint::Http(format!("http://{address}")));
        self.slots.insert(name.to_owned(), Slot { log, link, address, listener });
        Ok(())
    }

    /// The port a service listens on: a leased one, unless a person asked for another.
    fn port(&mut self, name: &str) -> Result<u16, WorldError> {
        let fixed = self.services[name].address_env.as_ref().filter(|_| self.ground.options.fixed_addresses);
        let asked = fixed.and_then(|variable| Some((variable, std::env::var(variable).ok()?)));
        match asked.filter(|(_, url)| !url.is_empty()) {
            None => self.cleanup.port(),
            Some((variable, url)) => {
                let port = url::Url::parse(&url).ok().filter(|url| url.has_host());
                port.and_then(|url| url.port_or_known_default())
                    .ok_or_else(|| WorldError::Usage(format!("{variable} is not a URL: {url:?}")))
            }
        }
    }

    async fn endpoint(&mut self, name: &str, kind: &Kind, reached: &str) -> Result<Endpoint, WorldError> {
        let port = reached.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        match kind {
            Kind::Postgres(_) => {
                let database = format!("{}{}_{name}", database::WORLD_PREFIX, self.id);
                Ok(Endpoint::Postgres(self.ground.cluster(name).await?.database_url(&database, port)))
            }
            Kind::Redis(_) => {
                let number = self.ground.keeper.take_redis_database().await?;
                self.cleanup.redis(number);
                Ok(Endpoint::Redis(format!("redis://{reached}/{number}").into()))
            }
            Kind::Program { .. } | Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
                Ok(Endpoint::Http(format!("http://{reached}")))
            }
        }
    }

    /// Starts one service and waits until it is ready; none when it is missing here.
    async fn start(
        &self,
        name: &str,
        service: &ServiceSpec,
        slot: &mut Slot,
        cleanup: &Mutex<Cleanup>,
    ) -> Result<Option<Service>, WorldError> {
        let linked = || Linked { name: name.to_owned(), link: slot.link.clone() };
        let controller: Arc<dyn Controller> = match &service.kind {
            Kind::Postgres(postgres) => {
                let database = format!("{}{}_{name}", database::WORLD_PREFIX, self.id);
                cleanup.lock().await.database(name, &database);
                let template = match self.databases {
                    Databases::Cloned => template::of(self.ground, name, postgres)?,
                    Databases::Empty => None,
                };
                let cluster = self.ground.cluster(name).await?;
                database::create(&cluster.admin, &database, template.as_deref()).await?;
                Arc::new(linked())
            }
            Kind::Redis(_) => Arc::new(linked()),
            Kind::Program { name: program, args } => {
                Arc::new(self.program(name, service, program, args, slot, cleanup).await?)
            }
            Kind::Edge(_) | Kind::Agents | Kind::Echo(_) => {
                let controller = Arc::new(linked());
                if let Some(listener) = slot.listener.take() {
                    self.task(name, &service.kind, listener, &slot.log, cleanup).await?;
                }
                self.wait_ready(name, service, slot).await?;
                controller
            }
        };
        let endpoint = self.facts.endpoints[name].clone();
        let env = self.environments.get(name).cloned().unwrap_or_default();
        Ok(Some(Service::new(name.to_owned(), endpoint, env, slot.log.clone(), controller)))
    }

    async fn program(
        &self,
        name: &str,
        service: &ServiceSpec,
        program: &str,
        args: &[Text],
        slot: &Slot,
        cleanup: &Mutex<Cleanup>,
    ) -> Result<Program, WorldError> {
        let programs = &self.ground.programs;
        let built = programs.get(program);
        let built = built.ok_or_else(|| WorldError::unknown("program", program, programs.keys()))?;
        let args =
            args.iter().map(|arg| plan::text(&self.services, &self.facts, &self.environments, name, arg));
        let order = Order {
            service: name.to_owned(),
            program: built.path.clone(),
            args: args.collect::<Result<_, _>>()?,
            env: self.environments[name].iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            folder: self.folder.join(name),
        };
        let from = slot.log.position();
        let child = Program::spawn(self.ground, &order, &slot.log).await?;
        let child = Arc::new(Mutex::new(child));
        cleanup.lock().await.child(child.clone());
        let running = Program {
            ground: self.ground.clone(),
            order,
            ready: service.ready.clone(),
            address: slot.address.clone(),
            log: slot.log.clone(),
            child: child.clone(),
            link: slot.link.clone(),
        };
        running.wait_ready(&*child.lock().await, from).await?;
        if let Some(spec) = self.spec.topology.programs.get(program) {
            self.ground.check_fresh(program, spec, &format!("http://{}", slot.address)).await?;
        }
        Ok(running)
    }

    /// Serves a part of the harness itself.
    async fn task(
        &self,
        name: &str,
        kind: &Kind,
        listener: TcpListener,
        log: &LogBook,
        cleanup: &Mutex<Cleanup>,
    ) -> Result<(), WorldError> {
        let serving = match kind {
            Kind::Edge(spec) => tokio::spawn(Edge::serve(listener, self.edge(name, spec)?, log.clone())),
            Kind::Echo(echo) => tokio::spawn(super::echo::serve(listener, echo.log_path.clone())),
            Kind::Agents => {
                let mut cleanup = cleanup.lock().await;
                let ports = cleanup.block()?;
                let config = HostConfig {
                    host_name: "127.0.0.1".into(),
                    bind: Ipv4Addr::LOCALHOST.into(),
                    ports: ports.start..=ports.end - 1,
                    build: option_env!("HARNESS_DIGEST").unwrap_or("in-process").into(),
                    folder: self.folder.join(name),
                };
                let host = AgentHost::serve(listener, config);
                cleanup.agents(host.map_err(WorldError::io(format!("serve `{name}`")))?);
                return Ok(());
            }
            Kind::Postgres(_) | Kind::Redis(_) | Kind::Program { .. } => return Ok(()),
        };
        cleanup.lock().await.task(serving.abort_handle());
        Ok(())
    }

    async fn wait_ready(&self, name: &str, service: &ServiceSpec, slot: &Slot) -> Result<(), WorldError> {
        let starting = Starting {
            name,
            child: None,
            log: &slot.log,
            from: Position(0),
            address: &slot.address,
            http: &self.ground.http,
            within: self.ground.options.ready_within,
        };
        starting.wait(&service.ready).await
    }

    /// The edge's configuration: its routes' addresses and the knobs of its environment.
    fn edge(&self, name: &str, spec: &EdgeSpec) -> Result<edge::Config, WorldError> {
        let mut routes = Vec::new();
        for (host, service) in &spec.routes {
            let host = plan::text(&self.services, &self.facts, &self.environments, name, host)?;
            let endpoint = self.facts.endpoints.get(service).and_then(|endpoint| endpoint.part("address"));
            let endpoint =
                endpoint.ok_or_else(|| WorldError::unknown("service", service, self.services.keys()))?;
            routes.push((host, endpoint.expose().to_owned()));
        }
        let env = &self.environments[name];
        edge::Config::new(routes, spec.websockets.clone(), |variable| env.get(variable).map(Looked::expose))
            .map_err(|error| WorldError::Usage(format!("`{name}`: {error}")))
    }
}
