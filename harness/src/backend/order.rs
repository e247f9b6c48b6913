//! Starting services side by side, each when what it needs is ready.

use std::time::Instant;

use futures_util::future::try_join_all;
use harness_model::topology::ServiceSpec;
use indexmap::IndexMap;
use tokio::sync::watch;

use super::told::Told;
use crate::world::plan::Services;
use crate::world::{Service, WorldError};

/// Starts every service; `start` returns when one is ready, with none when it is missing here.
pub(crate) async fn start<'a, Started>(
    services: &'a Services,
    told: &Told,
    start: impl Fn(&'a str, &'a ServiceSpec) -> Started,
) -> Result<IndexMap<String, Service>, WorldError>
where
    Started: Future<Output = Result<Option<Service>, WorldError>>,
{
    let gates: IndexMap<&str, watch::Sender<bool>> =
        services.keys().map(|name| (name.as_str(), watch::Sender::new(false))).collect();
    let (gates, start) = (&gates, &start);
    let starts = services.iter().map(|(name, service)| async move {
        for need in &service.needs {
            let gate = gates.get(need.as_str());
            let gate = gate.ok_or_else(|| WorldError::unknown("service", need, services.keys()))?;
            let _ = gate.subscribe().wait_for(|open| *open).await;
        }
        let began = Instant::now();
        let started = start(name, service).await?;
        if started.is_some() {
            told.service_ready(name, began);
        }
        gates[name.as_str()].send_replace(true);
        Ok::<_, WorldError>(started)
    });
    let started = try_join_all(starts).await?;
    Ok(started.into_iter().flatten().map(|service| (service.name().to_owned(), service)).collect())
}
