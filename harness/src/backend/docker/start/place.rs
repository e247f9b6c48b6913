//! Giving a service its name and port, so that others can refer to it before it runs.

use harness_model::topology::Kind;

use super::{Slot, World};
use crate::backend::links::Links;
use crate::world::{Endpoint, WorldError};

/// The port of a service that the topology gives none.
const PORT: u16 = 8080;

impl World<'_, '_> {
    /// Places a service. Databases are there before anything else is.
    pub(super) async fn place(&mut self, name: &str) -> Result<(), WorldError> {
        let service = self.draft.services[name].clone();
        let log = self.draft.log(name)?;
        let port = service.port.unwrap_or(PORT);
        let http = || Endpoint::Http(format!("http://{name}:{port}"));
        let (inside, database, published) = match &service.kind {
            Kind::Postgres(spec) => {
                let (hold, inside, outside) = self.postgres(name, spec, &log).await?;
                (inside, Some((hold, outside)), None)
            }
            Kind::Redis(spec) => match self.redis(name, spec, &log).await? {
                Some((hold, inside, outside)) => (inside, Some((hold, outside)), None),
                None => return Ok(()),
            },
            // What only other services call needs no port of the machine.
            Kind::Echo(_) => (http(), None, None),
            Kind::Program { .. } if service.address_env.is_none() => (http(), None, None),
            Kind::Program { .. } | Kind::Edge(_) | Kind::Agents => {
                (http(), None, Some(self.draft.port(name)?))
            }
        };
        let gateway = self.inside.gateway();
        let links = Links::open(self.draft, name, &inside, |draft| {
            Ok((gateway, draft.cleanup.get_mut().port()?).into())
        });
        let links = links.await?;
        self.draft.facts.endpoints.insert(name.to_owned(), inside);
        self.slots.insert(name.to_owned(), Slot { log, port, published, database, links });
        Ok(())
    }
}
