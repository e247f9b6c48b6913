//! Running a service as a container.

use std::sync::Arc;

use harness_model::topology::{Kind, ServiceSpec};
use tokio::sync::Mutex;

use super::{Slot, World};
use crate::backend::carrier::Carrier as _;
use crate::backend::docker::container::{Container, Order};
use crate::backend::docker::controller::{Contained, Program};
use crate::backend::docker::ground::{Ground, image_of};
use crate::edge;
use crate::world::WorldError;

/// Where the image `nginx` reads its configuration.
const EDGE_FILE: &str = "/etc/nginx/nginx.conf";

impl World<'_, '_> {
    /// Starts the container of a service and waits until it is ready.
    pub(super) async fn contained(
        &self,
        name: &str,
        service: &ServiceSpec,
        slot: &Slot,
    ) -> Result<Contained, WorldError> {
        let ground = self.draft.ground;
        let order = self.order(name, &service.kind, slot).await?;
        let from = slot.log.position();
        let container = Container::start(&ground.docker, &self.marks, &order, &slot.log).await?;
        let container = Arc::new(container);
        self.draft.cleanup.lock().await.own().containers.push(container.clone());
        let at = container.address(&self.inside).await?;
        let address = match slot.published {
            Some(port) => {
                self.publish.join(container.name(), &[], None).await?;
                format!("127.0.0.1:{port}")
            }
            None => format!("{}:{}", at.clone().unwrap_or_default(), slot.port),
        };
        let awaited = ground.base.awaited(name, &service.ready, &address, &slot.log);
        slot.links.aim(&address);
        let (inside, links) = (self.inside.clone(), slot.links.clone());
        let publish = slot.published.is_some().then(|| self.publish.clone());
        let program = matches!(service.kind, Kind::Program { .. }).then_some(Program { publish });
        let contained = Contained { container, inside, program, awaited, links, at: Mutex::new(at) };
        contained.awaited.ready(Some(&*contained.container), from).await?;
        self.outside.lock().await.insert(name.to_owned(), address.clone());
        self.check_fresh(&service.kind, &address).await?;
        Ok(contained)
    }

    async fn order(&self, name: &str, kind: &Kind, slot: &Slot) -> Result<Order, WorldError> {
        let env = self.draft.environments[name].iter();
        Ok(Order {
            service: name.to_owned(),
            image: self.draft.ground.image(image_of(kind)).await?,
            args: self.args(name, kind, slot)?,
            env: env.map(|(key, value)| (key.clone(), value.expose().to_owned())).collect(),
            network: self.inside.name().to_owned(),
            publish: slot.published.iter().map(|outside| (*outside, slot.port)).collect(),
            volume: None,
            files: self.files(name, kind, slot)?,
            hosts: self.hosts.iter().map(|(name, at)| (name.clone(), at.clone())).collect(),
        })
    }

    async fn check_fresh(&self, kind: &Kind, address: &str) -> Result<(), WorldError> {
        let Kind::Program { name, .. } = kind else { return Ok(()) };
        let Some(program) = self.draft.spec.topology.programs.get(name) else { return Ok(()) };
        self.draft.ground.base.check_fresh(name, program, address).await
    }

    /// The arguments of a service's program. Those of the harness's own programs are here; a topology writes
    /// the others.
    fn args(&self, name: &str, kind: &Kind, slot: &Slot) -> Result<Vec<String>, WorldError> {
        let own = |args: &[&str]| Ok(args.iter().map(|arg| (*arg).to_owned()).collect());
        let listen = format!("{}:{}", Ground::BIND, slot.port);
        match kind {
            Kind::Program { args, .. } => self.draft.args(name, args),
            Kind::Agents => own(&["--listen", &listen, "--host-name", name]),
            Kind::Echo(echo) => own(&["echo", "--listen", &listen, "--log", &echo.log_path]),
            Kind::Postgres(_) | Kind::Redis(_) | Kind::Edge(_) => Ok(Vec::new()),
        }
    }

    /// What is put into a container before it starts: the edge's rules, as nginx reads them.
    fn files(&self, name: &str, kind: &Kind, slot: &Slot) -> Result<Vec<(String, String)>, WorldError> {
        let Kind::Edge(spec) = kind else { return Ok(Vec::new()) };
        // nginx asks the engine's name server itself and so has to say the whole name.
        let config = self.draft.edge(name, spec, |service| {
            Some(format!("{}:{}", self.marks.container(service), self.slots.get(service)?.port))
        })?;
        Ok(vec![(EDGE_FILE.to_owned(), edge::nginx::conf(&config, &edge::nginx::Site::container(slot.port)))])
    }
}
