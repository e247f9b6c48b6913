//! Where a case took place: its topology as a drawing needs it, and what the services there wrote.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::topology::{Kind, ServiceSpec, Topology};

/// A topology without anything but its shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopologyMap {
    /// Its name.
    pub topology: String,
    /// Its services, in file order.
    pub services: Vec<MapService>,
    /// What steps call a service besides its name (`sql: { on: alpha }`, the role `stub`) -> the service.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<String, String>,
}

/// A service of a [`TopologyMap`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapService {
    /// Its name.
    pub name: String,
    /// `postgres`, `redis`, `edge`, `agents`, `echo`, or the name of its program.
    pub kind: String,
    /// Services that are ready before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Services it routes requests to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<String>,
}

/// One line of a service, or one request that a stand-in saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceLine {
    /// How long before the event that carries it, in milliseconds: the event's own time is the run's clock.
    pub ago_ms: u64,
    /// The service.
    pub service: String,
    /// Who speaks.
    #[serde(default, skip_serializing_if = "Voice::is_usual")]
    pub voice: Voice,
    /// The text.
    pub text: String,
}

/// Who speaks in a [`ServiceLine`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// The service, in its log.
    #[default]
    Service,
    /// The harness, about the service: killed, restarted, ended.
    Harness,
    /// A stand-in's request log: what it was asked.
    Request,
}

impl Voice {
    fn is_usual(&self) -> bool {
        *self == Voice::Service
    }
}

impl TopologyMap {
    /// The shape of a topology.
    #[must_use]
    pub fn of(topology: &Topology) -> Self {
        let names = topology.databases.iter().chain(&topology.roles);
        TopologyMap {
            topology: topology.name.clone(),
            services: topology.services.iter().map(|(name, spec)| MapService::of(name, spec)).collect(),
            names: names.map(|(name, service)| (name.clone(), service.clone())).collect(),
        }
    }
}

impl MapService {
    fn of(name: &str, spec: &ServiceSpec) -> Self {
        let (kind, routes) = match &spec.kind {
            Kind::Postgres(_) => ("postgres", Vec::new()),
            Kind::Redis(_) => ("redis", Vec::new()),
            Kind::Program { name, .. } => (name.as_str(), Vec::new()),
            Kind::Edge(edge) => ("edge", edge.routes.values().cloned().collect()),
            Kind::Agents => ("agents", Vec::new()),
            Kind::Echo(_) => ("echo", Vec::new()),
        };
        let mut routes: Vec<String> = routes;
        routes.sort();
        routes.dedup();
        MapService { name: name.to_owned(), kind: kind.to_owned(), needs: spec.needs.clone(), routes }
    }
}
