//! Provision-timeout sweep: a workspace that nobody registered for in time has failed.
//!
//! The deadline comes from the same accessor that tells the canvas how long to wait (#2494).

use std::time::Duration;

use serde_json::json;
use server_store::status::{self, Change, Overdue};
use server_types::EventName;

use super::Report;
use crate::App;

/// The text on the row and in the event.
const TIMED_OUT: &str = "provisioning timed out — container started but never called /registry/register. Check \
                         container logs and network connectivity to the platform.";
const HERMES: &str = "hermes";
const HERMES_SECS: u64 = 1800;
const DEFAULT_SECS: u64 = 600;

/// First of: the operator's override, the template's declaration, the runtime's default.
fn deadline(operator: Option<Duration>, declared_secs: Option<u32>, runtime: &str) -> Duration {
    let default = if runtime == HERMES { HERMES_SECS } else { DEFAULT_SECS };
    operator.unwrap_or_else(|| Duration::from_secs(declared_secs.map_or(default, u64::from)))
}

impl App {
    /// One run over all provisioning workspaces.
    pub async fn sweep_provision_timeouts(&self) -> Report {
        let rows = match status::provisioning_rows(&self.store.db).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::error!(%error, "provision-timeout sweep failed");
                return Report { errors: 1, ..Report::default() };
            }
        };
        let mut report = Report { examined: rows.len(), ..Report::default() };
        for row in rows {
            match self.fail_when_overdue(&row).await {
                Ok(changed) => report.changed += usize::from(changed),
                Err(error) => {
                    tracing::error!(%error, workspace = %row.id, "overdue workspace was not failed");
                    report.errors += 1;
                }
            }
        }
        report
    }

    async fn fail_when_overdue(&self, row: &Overdue) -> Result<bool, server_store::DbError> {
        let declared = self.templates.declared_provision_timeout_secs(&row.runtime);
        let deadline = deadline(self.config.timing.provision_timeout, declared, &row.runtime);
        if row.age_secs <= deadline.as_secs_f64() {
            return Ok(false);
        }
        let change =
            status::fail_if_overdue(&self.store.db, row.id, deadline.as_secs_f64(), TIMED_OUT).await?;
        if change == Change::Lost {
            return Ok(false);
        }
        let payload = json!({
            "error": TIMED_OUT,
            "timeout_secs": deadline.as_secs(),
            "runtime": row.runtime,
            "source": "provision_timeout_sweep",
        });
        self.events.record_or_log(EventName::WorkspaceProvisionFailed, row.id, payload).await;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: REG-43, PROV-96.
    #[test]
    fn the_deadline_is_the_operators_then_the_templates_then_the_runtimes() {
        let env = Some(Duration::from_secs(42));
        for (operator, declared, runtime, seconds) in [
            (None, None, "claude-code", 600),
            (None, None, "hermes", 1800),
            (None, Some(1200), "claude-code", 1200),
            (None, Some(900), "hermes", 900),
            (env, None, "hermes", 42),
            (env, Some(900), "hermes", 42),
            (env, None, "codex", 42),
        ] {
            assert_eq!(
                deadline(operator, declared, runtime).as_secs(),
                seconds,
                "{operator:?} {declared:?} {runtime}"
            );
        }
    }
}
