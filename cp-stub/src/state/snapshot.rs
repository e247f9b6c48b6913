//! What `GET /__stub/state` shows.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Counters, Instance, State};
use crate::{BUILD, fault::FaultView};

/// The whole state without credentials.
#[derive(Serialize)]
pub(crate) struct Snapshot {
    build: &'static str,
    #[serde(flatten)]
    totals: Counters,
    by_org: BTreeMap<String, Counters>,
    instances: Vec<Instance>,
    active_faults: Vec<FaultView>,
    finished_faults: Vec<FaultView>,
    launch_failures: Vec<String>,
}

/// Takes the picture.
pub(crate) fn snapshot(state: &State) -> Snapshot {
    Snapshot {
        build: BUILD,
        totals: state.totals.clone(),
        by_org: state.orgs.iter().map(|org| (org.id.clone(), org.counters.clone())).collect(),
        instances: state.orgs.instances().cloned().collect(),
        active_faults: state.faults.active(),
        finished_faults: state.faults.finished(),
        launch_failures: state.launch_failures.clone(),
    }
}
