//! Tokens that outlived their container: whoever comes back with an empty volume has none to show, and
//! would be refused for ever while an old one counts.

use server_store::orphans;

use super::skipped;
use crate::{App, provisioning::Containers, sweeps::Report};

/// Revokes them. No container at all is a valid answer of the engine, and the case this pass is for; an
/// engine that does not answer is not.
pub(super) async fn stale(app: &App, engine: Containers<'_>) -> Report {
    const PASS: &str = "stale tokens";
    let running: Vec<String> = match engine.of_workspaces().await {
        Ok(containers) => containers.iter().map(|short| short.as_str().to_owned()).collect(),
        Err(error) => return skipped(PASS, error),
    };
    let grace = app.config.timing.stale_token_grace.as_secs_f64();
    let workspaces = match orphans::with_stale_tokens(&app.store.db, &running, grace).await {
        Ok(workspaces) => workspaces,
        Err(error) => return skipped(PASS, error),
    };
    let mut report = Report { examined: workspaces.len(), ..Report::default() };
    for id in workspaces {
        match orphans::revoke_stale_tokens(&app.store.db, id, grace).await {
            Ok(0) => {}
            Ok(_) => {
                tracing::warn!(
                    "Orphan sweeper: revoking stale tokens for workspace {id} (no live container; volume likely wiped)"
                );
                report.changed += 1;
            }
            // The database fails: asking it for the rest would only fill the log.
            Err(error) => {
                tracing::error!(%error, workspace = %id, "Orphan sweeper: {PASS}: stopped until the next run");
                report.errors += 1;
                return report;
            }
        }
    }
    report
}
