//! What a backend brings of its own. Everything else about making and ending worlds is the same for all.

use std::net::Ipv4Addr;

use harness_model::topology::Backend;
use indexmap::IndexMap;
use sqlx::postgres::PgPool;

use super::base::Base;
use super::draft::Draft;
use crate::world::{Service, WorldError, WorldSpec};

/// What the worlds of one harness process stand on, as one backend has it.
pub(crate) trait Carrier: Send + Sync + Sized + 'static {
    /// Which backend it is.
    const BACKEND: Backend;
    /// The address that services listen on.
    const BIND: Ipv4Addr;
    /// Whether other runs use the same database clusters, and with them the same templates.
    const SHARES_CLUSTERS: bool;

    /// What a world takes of this backend, besides what every world takes.
    type Taken: Default + Send;

    /// What does not depend on the backend.
    fn base(&self) -> &Base;

    /// Refuses a world that it cannot carry.
    fn accepts(spec: &WorldSpec) -> Result<(), WorldError>;

    /// Starts the services of a world. What they take is noted in the draft, so that it is given back whatever
    /// happens.
    fn start(draft: &mut Draft<'_, Self>) -> impl Future<Output = Result<Started, WorldError>> + Send;

    /// Ends what a world has running. Every part is tried.
    fn end(&self, taken: Self::Taken) -> impl Future<Output = Vec<Result<(), WorldError>>> + Send;

    /// Who may make and drop databases of a shared Postgres service; none when this machine lacks it.
    fn admin(&self, service: &str) -> impl Future<Output = Result<Option<PgPool>, WorldError>> + Send;

    /// Drops a database of a shared Postgres service.
    fn drop_database(
        &self,
        service: &str,
        database: &str,
    ) -> impl Future<Output = Result<(), WorldError>> + Send;

    /// Empties a logical database of a shared Redis service and frees it.
    fn free_redis(&self, service: &str, number: u32) -> impl Future<Output = Result<(), WorldError>> + Send;
}

/// The services of a world that are ready.
pub(crate) struct Started {
    pub(crate) services: IndexMap<String, Service>,
    /// The addresses they are called by, with their names.
    pub(crate) doors: IndexMap<String, String>,
}
