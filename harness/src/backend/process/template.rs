//! Database templates: what the programs of a topology make of empty databases, made once.
//!
//! The programs themselves migrate: the harness knows neither their migrations nor how they are
//! recorded. A template is named by the digest of the files that shape it, lives in its cluster
//! and so outlives the run.

use std::sync::Arc;

use harness_model::topology::{Kind, PostgresSpec, Topology};

use super::ground::Ground;
use super::postgres::database;
use super::start::{self, Databases};
use super::{lock, programs};
use crate::world::{WorldError, WorldSpec};

/// The template of a Postgres service, if it declares one.
pub(crate) fn of(ground: &Ground, service: &str, spec: &PostgresSpec) -> Result<Option<String>, WorldError> {
    if spec.template.is_empty() {
        return Ok(None);
    }
    let digest = programs::digest_of(&ground.options.root, &spec.template)?;
    Ok(Some(format!("{}{service}_{}", database::TEMPLATE_PREFIX, &digest[..16])))
}

/// Makes the templates of a topology that are not there yet.
pub(crate) async fn ensure(ground: &Arc<Ground>, topology: &Arc<Topology>) -> Result<(), WorldError> {
    let wanted = ground.templates.get_or_try_init(|| make_missing(ground, topology));
    wanted.await.map(|_| ())
}

async fn make_missing(ground: &Arc<Ground>, topology: &Arc<Topology>) -> Result<(), WorldError> {
    if missing(ground, topology).await?.is_empty() {
        return Ok(());
    }
    let _lock = lock::exclusive(&ground.options.cache.join("template.lock")).await?;
    let missing = missing(ground, topology).await?;
    if missing.is_empty() {
        return Ok(());
    }
    ground.options.progress.say("making database templates");
    let spec = WorldSpec::of(topology.clone());
    let mut made = start::make(ground, &spec, Databases::Empty).await?;
    made.cleanup.keep_databases();
    made.cleanup.run().await?;
    for (service, template) in missing {
        let cluster = ground.cluster(&service).await?;
        let database = format!("{}{}_{service}", database::WORLD_PREFIX, made.id);
        database::promote(&cluster.admin, &database, &template).await?;
    }
    Ok(())
}

/// Services whose template is not there, with its name.
async fn missing(ground: &Ground, topology: &Topology) -> Result<Vec<(String, String)>, WorldError> {
    let mut missing = Vec::new();
    for (name, service) in &topology.services {
        let Kind::Postgres(spec) = &service.kind else { continue };
        let Some(template) = of(ground, name, spec)? else { continue };
        let there = database::names(&ground.cluster(name).await?.admin, &template).await?;
        if there.is_empty() {
            missing.push((name.clone(), template));
        }
    }
    Ok(missing)
}
