//! Database templates: what the programs of a topology make of empty databases, made once.
//!
//! The programs themselves migrate: the harness knows neither their migrations nor how they are
//! recorded. A template is named by the digest of the files that shape it and lives in its cluster: where that
//! outlives the run, so does the template.

use std::sync::Arc;

use harness_model::topology::{Kind, PostgresSpec, Topology};
use sqlx::postgres::PgPool;

use super::base::Base;
use super::carrier::Carrier;
use super::make;
use super::process::postgres::database;
use super::process::{lock, programs};
use crate::world::{WorldError, WorldSpec};

/// Where the databases of a world come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Databases {
    /// Cloned from the templates.
    Cloned,
    /// Empty: this world makes the templates.
    Empty,
}

/// The template of a Postgres service, if it declares one.
pub(crate) fn of(base: &Base, service: &str, spec: &PostgresSpec) -> Result<Option<String>, WorldError> {
    if spec.template.is_empty() {
        return Ok(None);
    }
    let digest = programs::digest_of(&base.options.root, &spec.template)?;
    Ok(Some(format!("{}{service}_{}", database::TEMPLATE_PREFIX, &digest[..16])))
}

/// Makes the templates of a topology that are not there yet.
pub(crate) async fn ensure<C: Carrier>(ground: &Arc<C>, topology: &Arc<Topology>) -> Result<(), WorldError> {
    let wanted = ground.base().templates.get_or_try_init(|| make_missing(ground, topology));
    wanted.await.map(|_| ())
}

async fn make_missing<C: Carrier>(ground: &Arc<C>, topology: &Arc<Topology>) -> Result<(), WorldError> {
    if missing(&**ground, topology).await?.is_empty() {
        return Ok(());
    }
    let options = &ground.base().options;
    let _lock = match C::SHARES_CLUSTERS {
        true => Some(lock::exclusive(&options.cache.join("template.lock")).await?),
        false => None,
    };
    let missing = missing(&**ground, topology).await?;
    if missing.is_empty() {
        return Ok(());
    }
    options.progress.say("making database templates");
    let spec = WorldSpec::of(topology.clone());
    let mut made = Box::pin(make::of(ground, &spec, Databases::Empty)).await?;
    made.cleanup.keep_databases();
    made.cleanup.run().await?;
    for Missing { service, template, admin } in missing {
        database::promote(&admin, &database::of_world(&made.id, &service), &template).await?;
    }
    Ok(())
}

/// A template that is not there, and who may make it.
struct Missing {
    service: String,
    template: String,
    admin: PgPool,
}

async fn missing<C: Carrier>(ground: &C, topology: &Topology) -> Result<Vec<Missing>, WorldError> {
    let mut missing = Vec::new();
    for (name, service) in &topology.services {
        let Kind::Postgres(spec) = &service.kind else { continue };
        let Some(template) = of(ground.base(), name, spec)? else { continue };
        let Some(admin) = ground.admin(name).await? else { continue };
        if database::names(&admin, &template).await?.is_empty() {
            missing.push(Missing { service: name.clone(), template, admin });
        }
    }
    Ok(missing)
}
