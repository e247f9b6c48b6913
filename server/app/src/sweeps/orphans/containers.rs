//! Containers that have lost their workspace.

use std::collections::BTreeSet;

use server_store::orphans;

use super::skipped;
use crate::{
    App,
    provisioning::{Containers, ShortId},
    sweeps::Report,
};

/// Containers whose workspace is removed: their stop failed, or the server died before it.
pub(super) async fn removed(app: &App, engine: Containers<'_>) -> Report {
    const PASS: &str = "removed rows";
    let containers = match engine.of_workspaces().await {
        Ok(containers) => containers,
        Err(error) => return skipped(PASS, error),
    };
    match orphans::removed(&app.store.db, &prefixes(&containers)).await {
        Ok(removed) => reap(engine, &containers, |short| removed.iter().any(|it| it == short.as_str())).await,
        Err(error) => skipped(PASS, error),
    }
}

/// Containers of this server without any row, whatever its status: the database was wiped.
pub(super) async fn wiped(app: &App, engine: Containers<'_>) -> Report {
    const PASS: &str = "wiped database";
    let containers = match engine.managed().await {
        Ok(containers) => containers,
        Err(error) => return skipped(PASS, error),
    };
    match orphans::known(&app.store.db, &prefixes(&containers)).await {
        Ok(known) => reap(engine, &containers, |short| !known.iter().any(|it| it == short.as_str())).await,
        Err(error) => skipped(PASS, error),
    }
}

/// Stops, then removes the volume; a container whose stop failed keeps it for the next run.
async fn reap(
    engine: Containers<'_>,
    containers: &BTreeSet<ShortId>,
    is_orphan: impl Fn(&ShortId) -> bool,
) -> Report {
    let mut report = Report { examined: containers.len(), ..Report::default() };
    for short in containers.iter().filter(|short| is_orphan(short)) {
        tracing::warn!("Orphan sweeper: removing {}", short.container());
        match engine.retire(short).await {
            Ok(()) => report.changed += 1,
            Err(error) => {
                tracing::error!(%error, "Orphan sweeper: {} stays until the next run", short.container());
                report.errors += 1;
            }
        }
    }
    report
}

fn prefixes(containers: &BTreeSet<ShortId>) -> Vec<String> {
    containers.iter().map(|short| short.as_str().to_owned()).collect()
}
