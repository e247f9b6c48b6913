//! A world that is being made: what it is to be, what is known of it so far, what it has taken.

use std::path::PathBuf;
use std::sync::Arc;

use harness_model::topology::{EdgeSpec, PostgresSpec, Text};
use indexmap::IndexMap;
use tokio::sync::Mutex;

use super::base;
use super::carrier::Carrier;
use super::cleanup::Cleanup;
use super::links;
use super::process::postgres::database;
use super::template::{self, Databases};
use super::told::Told;
use crate::edge;
use crate::secrets::Secrets;
use crate::world::plan::{self, Env, Facts, Services};
use crate::world::{Controller, Endpoint, LogBook, Service, WorldError, WorldSpec};

/// A world that is being made.
pub(crate) struct Draft<'a, C: Carrier> {
    pub(crate) ground: &'a Arc<C>,
    pub(crate) spec: &'a WorldSpec,
    pub(crate) services: Services,
    pub(crate) databases: Databases,
    /// Its number within the run.
    pub(crate) number: u32,
    /// Goes with the world.
    pub(crate) folder: PathBuf,
    pub(crate) facts: Facts,
    pub(crate) environments: IndexMap<String, Env>,
    /// What no log file may hold.
    pub(crate) secrets: Secrets,
    pub(crate) cleanup: Mutex<Cleanup<C>>,
    pub(crate) told: Told,
}

impl<'a, C: Carrier> Draft<'a, C> {
    /// A number, an id and a folder for a world.
    pub(crate) fn new(
        ground: &'a Arc<C>,
        spec: &'a WorldSpec,
        databases: Databases,
    ) -> Result<Self, WorldError> {
        let services = plan::services(spec, C::BACKEND)?;
        links::check(spec, &services)?;
        let base = ground.base();
        let number = base.next_world();
        let world = format!("{}_{number}", base.run);
        let folder = base.folder.join(number.to_string());
        base::make(&folder)?;
        let mut cleanup = Cleanup::new(ground.clone());
        cleanup.folder(folder.clone());
        let told = Told::of(&world, &base.options.events, databases == Databases::Cloned);
        let (variables, endpoints) = (plan::variables(&spec.topology), IndexMap::new());
        let (views, listens) = (IndexMap::new(), IndexMap::new());
        let facts = Facts { world, variables, endpoints, views, listens, bind: C::BIND };
        let (environments, secrets) = (IndexMap::new(), Secrets::default());
        let cleanup = Mutex::new(cleanup);
        Ok(Self {
            ground,
            spec,
            services,
            databases,
            number,
            folder,
            facts,
            environments,
            secrets,
            cleanup,
            told,
        })
    }

    /// The log of a service.
    pub(crate) fn log(&self, service: &str) -> Result<LogBook, WorldError> {
        let log = LogBook::to_file(&self.folder.join(format!("{service}.log")));
        let log = log.map_err(WorldError::io(format!("make the log of `{service}`")))?;
        log.hide(&self.secrets);
        Ok(log)
    }

    /// The port of the loopback that a service is found on: a leased one, unless a person asked for another.
    pub(crate) fn port(&mut self, service: &str) -> Result<u16, WorldError> {
        let asked = plan::asked_port(&self.services[service], &self.ground.base().options)?;
        asked.map_or_else(|| self.cleanup.get_mut().port(), Ok)
    }

    /// What the database of a Postgres service is called.
    pub(crate) fn database(&self, service: &str) -> String {
        database::of_world(&self.facts.world, service)
    }

    /// The template that it is cloned from, if any.
    pub(crate) fn template(&self, service: &str, spec: &PostgresSpec) -> Result<Option<String>, WorldError> {
        match self.databases {
            Databases::Cloned => template::of(self.ground.base(), service, spec),
            Databases::Empty => Ok(None),
        }
    }

    /// Resolves every environment. All services have their addresses by now.
    pub(crate) fn resolve(&mut self) -> Result<(), WorldError> {
        self.environments = plan::environments(&self.services, &self.facts)?;
        for (service, environment) in &self.environments {
            self.secrets.add_environment(service, environment);
        }
        self.facts.endpoints.iter().for_each(|(service, endpoint)| endpoint.tell(service, &self.secrets));
        Ok(())
    }

    /// The arguments of a service's program, as its topology writes them.
    pub(crate) fn args(&self, service: &str, args: &[Text]) -> Result<Vec<String>, WorldError> {
        let text = |arg| plan::text(&self.services, &self.facts, &self.environments, service, arg);
        args.iter().map(text).collect()
    }

    /// The configuration of an edge, with the address that it finds each service at, unless it has a view of its own.
    pub(crate) fn edge(
        &self,
        service: &str,
        spec: &EdgeSpec,
        address: impl Fn(&str) -> Option<String>,
    ) -> Result<edge::Config, WorldError> {
        plan::edge(&self.services, &self.facts, &self.environments, service, spec, |to| {
            match self.facts.view(service, to) {
                Some(view) => Some(view.part("address")?.expose().to_owned()),
                None => address(to),
            }
        })
    }

    /// The handle of a service that is ready.
    pub(crate) fn service(
        &self,
        name: &str,
        endpoint: Endpoint,
        log: &LogBook,
        controller: Arc<dyn Controller>,
    ) -> Service {
        let env = self.environments.get(name).cloned().unwrap_or_default();
        Service::new(name.to_owned(), endpoint, env, log.clone(), controller)
    }
}
