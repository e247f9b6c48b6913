//! By which addresses the services of a world are called, so that a report can tell who was.

use harness_model::topology::Kind;
use indexmap::IndexMap;

use super::plan::{self, Env, Facts, Services};
use super::{Endpoint, WorldError};

/// `host:port` of every service that speaks HTTP, and the `Host` of every route of an edge -> the service.
pub(crate) fn of(
    services: &Services,
    facts: &Facts,
    environments: &IndexMap<String, Env>,
) -> Result<IndexMap<String, String>, WorldError> {
    let mut doors = IndexMap::new();
    for (name, endpoint) in &facts.endpoints {
        if let Endpoint::Http(url) = endpoint {
            doors.insert(url.trim_start_matches("http://").to_owned(), name.clone());
        }
    }
    for (name, service) in services {
        let Kind::Edge(edge) = &service.kind else { continue };
        for (host, behind) in &edge.routes {
            doors.insert(plan::text(services, facts, environments, name, host)?, behind.clone());
        }
    }
    Ok(doors)
}
