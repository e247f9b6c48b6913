//! One stop and start of a workspace, on the backend that runs it.

use std::time::Duration;

use serde_json::json;
use server_store::{
    DbError, hierarchy,
    status::{self, Change},
    workspaces::facts::{self, Facts},
};
use server_types::{EventName, Trigger, WorkspaceId, WorkspaceStatus};

use super::coalescer::{Asked, Cause};
use crate::{
    App,
    provisioning::{ConfigFiles, Job},
};

/// Stops that are tried before the start goes ahead all the same.
const STOP_ATTEMPTS: u32 = 3;
/// Pause after the first failed stop; doubles.
const STOP_PAUSE: Duration = Duration::from_secs(1);
/// Time that a start which is still under way gets before it is replaced.
const SETTLE: Duration = Duration::from_secs(10);

/// Restarts the workspace, or finds that it must not be; the reason goes to the log.
pub(super) async fn run(app: &App, id: WorkspaceId, asked: Asked) {
    let candidate = match candidate(app, id, asked).await {
        Ok(Some(candidate)) => candidate,
        Ok(None) => return tracing::info!("Auto-restart: {id} is not to be restarted"),
        Err(error) => return tracing::error!(%error, "Auto-restart: {id} not looked up"),
    };
    if candidate.status == WorkspaceStatus::Provisioning {
        tokio::time::sleep(SETTLE).await;
    }
    stop(app, id).await;
    let trigger = match candidate.status {
        WorkspaceStatus::Hibernated => Trigger::Woken,
        _ => Trigger::AutoRestart,
    };
    match status::transition_without_url(&app.store.db, id, trigger).await {
        Ok(Change::Changed { .. }) => {}
        Ok(Change::Lost) => return tracing::info!("Auto-restart: {id} moved on meanwhile"),
        Err(error) => return tracing::error!(%error, "Auto-restart: {id} not moved"),
    }
    let payload = json!({ "name": candidate.name, "tier": candidate.tier, "runtime": candidate.runtime });
    app.events.record_or_log(EventName::WorkspaceProvisioning, id, payload).await;
    app.provision_and_wait(job(candidate)).await;
}

/// The workspace, if it may be restarted for what was asked: one that was woken meanwhile is not
/// woken again, and one that sleeps is not restarted for anything else.
async fn candidate(app: &App, id: WorkspaceId, asked: Asked) -> Result<Option<Facts>, DbError> {
    use WorkspaceStatus::{Hibernated, Hibernating, Paused, Removed};
    let Some(facts) = facts::facts(&app.store.db, id).await? else { return Ok(None) };
    let rests = match facts.status {
        Removed | Paused | Hibernating => true,
        Hibernated => !asked.has(Cause::Wake),
        _ => !asked.has(Cause::Auto),
    };
    if rests || facts.is_external() || below_a_paused_one(app, id).await? {
        return Ok(None);
    }
    Ok(Some(facts))
}

async fn below_a_paused_one(app: &App, id: WorkspaceId) -> Result<bool, DbError> {
    let lineages = hierarchy::lineages(&app.store.db, &[id]).await?;
    for ancestor in lineages.get(&id).map(|line| line.ancestors.as_slice()).unwrap_or_default() {
        if facts::status(&app.store.db, *ancestor).await? == Some(WorkspaceStatus::Paused) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Stops the machine, with patience; the start goes ahead whatever comes of it. A container gets one
/// attempt: its start removes whatever still has its name.
async fn stop(app: &App, id: WorkspaceId) {
    if !app.provisioning.stop_is_worth_retrying() {
        if let Err(error) = app.stop_backend(id).await {
            tracing::warn!(%error, workspace = %id, "Auto-restart: stop failed, starting anyway");
        }
        return;
    }
    let mut last = String::new();
    for attempt in 1..=STOP_ATTEMPTS {
        match app.stop_backend(id).await {
            Ok(()) if attempt == 1 => return,
            Ok(()) => {
                return tracing::info!("Auto-restart: cpProv.Stop({id}) succeeded on attempt {attempt}");
            }
            Err(error) => last = error.to_string(),
        }
        let pause = tokio::time::sleep(STOP_PAUSE * (1 << (attempt - 1)));
        if attempt < STOP_ATTEMPTS && app.context.stop.run_until_cancelled(pause).await.is_none() {
            return tracing::warn!(
                "Auto-restart: cpProv.Stop({id}) abandoned mid-retry: ctx cancelled (last_err={last})"
            );
        }
    }
    tracing::error!(
        "LEAK-SUSPECT cpProv.Stop workspace_id={id} source=Auto-restart attempts={STOP_ATTEMPTS} last_err=\"{last}\""
    );
}

fn job(facts: Facts) -> Job {
    Job {
        id: facts.id,
        name: facts.name,
        role: facts.role,
        tier: facts.tier,
        runtime: facts.runtime,
        model: None,
        parent_id: facts.parent_id,
        // The volume keeps what the agent and its owner made of it.
        template: None,
        files: ConfigFiles::new(),
    }
}
