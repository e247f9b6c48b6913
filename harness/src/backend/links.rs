//! The links of one service: one for all that reach it, and one for each service whose way to it a replay disturbs.
//!
//! A service that is to be cut off or slowed down for another is given an address of its own for it, in its environment or its
//! routes, where a relay of the harness listens. An address that some third service passes on is not that one.

use std::net::SocketAddr;

use harness_model::topology::Kind;
use indexmap::IndexMap;

use super::carrier::Carrier;
use super::draft::Draft;
use super::link::Link;
use crate::world::plan::Services;
use crate::world::{Endpoint, Flow, Way, WorldError, WorldSpec};

/// The links of one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct Links {
    /// What all reach it by; none where they reach it itself.
    pub(crate) all: Option<Link>,
    from: IndexMap<String, Link>,
}

impl Links {
    /// Opens a link for each service whose way to this one is disturbed, and notes how those reach it. `place`
    /// finds an address to listen at.
    pub(crate) async fn open<C: Carrier>(
        draft: &mut Draft<'_, C>,
        service: &str,
        endpoint: &Endpoint,
        place: impl Fn(&mut Draft<'_, C>) -> Result<SocketAddr, WorldError>,
    ) -> Result<Self, WorldError> {
        let mut links = Self::default();
        for Way { from, .. } in draft.spec.ways.iter().filter(|way| way.to == service) {
            let link = Link::open(place(draft)?, draft.spec.latency).await?;
            let view = (from.clone(), service.to_owned());
            draft.facts.views.insert(view, endpoint.at(link.address()));
            links.from.insert(from.clone(), link);
        }
        Ok(links)
    }

    /// Says where the service is.
    pub(crate) fn aim(&self, target: &str) {
        self.each().for_each(|link| link.aim(target));
    }

    /// Changes what happens to everybody's bytes.
    pub(crate) async fn set(&self, flow: Flow) -> Result<(), WorldError> {
        for link in self.each() {
            link.set(flow).await?;
        }
        Ok(())
    }

    /// Changes what happens to one caller's bytes.
    pub(crate) async fn way(&self, service: &str, caller: &str, flow: Flow) -> Result<(), WorldError> {
        let link = self.from.get(caller).ok_or_else(|| {
            let what = format!("this world was made without a link from `{caller}` to `{service}`");
            WorldError::Usage(format!("{what}: write both names into the step, without captured values"))
        })?;
        link.set(flow).await
    }

    fn each(&self) -> impl Iterator<Item = &Link> {
        self.all.iter().chain(self.from.values())
    }
}

/// Refuses disturbances between services that no link can stand between, by name.
pub(crate) fn check(spec: &WorldSpec, services: &Services) -> Result<(), WorldError> {
    for Way { to, from } in &spec.ways {
        let known = |name: &String| {
            services.get(name).ok_or_else(|| WorldError::unknown("service", name, services.keys()))
        };
        let (called, caller) = (known(to)?, known(from)?);
        let why = match (&called.kind, &caller.kind) {
            (Kind::Agents | Kind::Edge(_), _) => {
                format!("others are told addresses of `{to}` that do not stand in their environment")
            }
            (_, Kind::Program { .. } | Kind::Edge(_)) => continue,
            _ => format!("`{from}` calls nobody by an address of its environment"),
        };
        let what = format!("the way from `{from}` to `{to}` cannot be disturbed alone: {why}");
        return Err(WorldError::Prerequisite {
            what,
            fix: format!("cut off `{to}` for everybody, or disturb another way"),
        });
    }
    Ok(())
}
