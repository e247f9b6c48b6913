//! `POST /registry/heartbeat`: an agent is alive and says how it fares.
//!
//! At most one transition per beat, the wedge first. Every beat is broadcast, also when nothing
//! changed: it resets the A2A proxy's idle timer. No beat ever inserts a row. An agent with room gets
//! one waiting message.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value, json};
use server_store::{
    DbError,
    status::{self, Change},
    workspaces::{Beat, Beaten, beat as rows},
};
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{EventName, Trigger, WorkspaceId, WorkspaceStatus};

use crate::{App, a2a::drain, auth::registry::Standing};

/// From this share of failed calls on a workspace is degraded.
const DEGRADED_FROM: f64 = 0.5;
/// Below this share it has recovered.
const RECOVERED_BELOW: f64 = 0.1;
/// Most USD cents a beat may report.
const SPEND_MAX: i64 = 1_000_000_000_000;
const WEDGED: &str = "wedged";
/// Capability of a runtime that judges its own health.
const NATIVE_STATUS: &str = "status_mgmt";

/// What the agent reports.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Share of failed calls, 0 to 1.
    pub error_rate: f64,
    /// One of the errors.
    pub sample_error: String,
    /// Tasks running.
    pub active_tasks: i32,
    /// Seconds since the agent's start.
    pub uptime_seconds: i32,
    /// What it works on.
    pub current_task: String,
    /// USD cents this month; 0 says nothing.
    pub monthly_spend: i64,
    /// `wedged`, or empty; other words say nothing.
    pub runtime_state: String,
    /// What the runtime declares of itself; `None` from an old runtime.
    pub declared: Option<Declared>,
}

/// A runtime's declaration.
#[derive(Clone, Debug, Default)]
pub struct Declared {
    /// Duties it takes over.
    pub capabilities: BTreeMap<String, bool>,
    /// Its own idle window; only positive values count.
    pub idle_timeout_seconds: Option<i64>,
}

impl App {
    /// Takes one beat. Returns the inbound secret to echo.
    ///
    /// # Errors
    /// The database failed before the beat was stored.
    pub async fn heartbeat(
        &self,
        id: WorkspaceId,
        report: Report,
        standing: Standing,
    ) -> Result<Option<SecretString>, DbError> {
        let Some(row) = self.store_beat(id, &report).await? else { return Ok(None) };
        if let Err(error) = self.store.cache.mark_alive(id, self.config.timing.liveness_ttl).await {
            tracing::warn!(%error, workspace = %id, "liveness key was not armed");
        }
        self.note_declaration(id, report.declared.clone().unwrap_or_default());
        if let Err(error) = self.evaluate(id, &row, &report).await {
            tracing::error!(%error, workspace = %id, "heartbeat transition failed");
        }
        self.broadcast_beat(id, &row, &report);
        if report.active_tasks < row.max_concurrent_tasks {
            drain::spawn(self, id);
        }
        #[cfg(feature = "witness")]
        if seams::is_open(Seam::HeartbeatsWithoutSecret) {
            return Ok(None);
        }
        Ok(if standing.may_receive_secrets() { self.inbound_secret_or_log(id).await } else { None })
    }

    async fn store_beat(&self, id: WorkspaceId, report: &Report) -> Result<Option<Beaten>, DbError> {
        let spend = report.monthly_spend.clamp(0, SPEND_MAX);
        let beat = Beat {
            id,
            error_rate: report.error_rate,
            sample_error: &report.sample_error,
            active_tasks: report.active_tasks,
            uptime_seconds: report.uptime_seconds,
            current_task: &report.current_task,
            monthly_spend: (spend > 0).then_some(spend),
        };
        rows::beat(&self.store.db, &beat).await
    }

    fn note_declaration(&self, id: WorkspaceId, declared: Declared) {
        let window = declared.idle_timeout_seconds;
        #[cfg(feature = "witness")]
        let window = window.filter(|_| !seams::is_open(Seam::HeartbeatsIdleTimeoutIgnored));
        self.overrides.set_idle_timeout(id, window);
        self.overrides.set_capabilities(id, declared.capabilities);
    }

    async fn evaluate(&self, id: WorkspaceId, row: &Beaten, report: &Report) -> Result<(), DbError> {
        let native = self.overrides.has(id, NATIVE_STATUS);
        #[cfg(feature = "witness")]
        let native = native && !seams::is_open(Seam::HeartbeatsJudgeNativeRuntimes);
        let Some(trigger) = transition(row.status, report, native) else { return Ok(()) };
        if let Change::Changed { from } = status::transition(&self.store.db, id, trigger).await? {
            let (name, payload) = announcement(trigger, from, report);
            self.events.record_or_log(name, id, payload).await;
        }
        Ok(())
    }

    fn broadcast_beat(&self, id: WorkspaceId, row: &Beaten, report: &Report) {
        if row.previous_task != report.current_task {
            let payload = json!({"current_task": report.current_task, "active_tasks": report.active_tasks});
            self.events.broadcast(EventName::TaskUpdated, id, payload);
        }
        #[cfg(feature = "witness")]
        if seams::is_open(Seam::HeartbeatsUnannounced) {
            return;
        }
        let payload = json!({"active_tasks": report.active_tasks, "uptime_seconds": report.uptime_seconds});
        self.events.broadcast(EventName::WorkspaceHeartbeat, id, payload);
    }
}

/// The one transition a beat asks for. Inferred ones are not ours when the runtime judges itself;
/// a wedge always counts, since a wedged runtime beats on with an error rate of 0.
fn transition(status: WorkspaceStatus, report: &Report, native_status: bool) -> Option<Trigger> {
    use WorkspaceStatus as S;
    match status {
        S::Offline | S::Provisioning | S::AwaitingAgent => Some(Trigger::HeartbeatRecovered),
        S::Online if report.runtime_state == WEDGED => Some(Trigger::HeartbeatWedged),
        S::Online if !native_status && report.error_rate >= DEGRADED_FROM => Some(Trigger::HeartbeatFailing),
        S::Degraded
            if !native_status && report.error_rate < RECOVERED_BELOW && report.runtime_state != WEDGED =>
        {
            Some(Trigger::HeartbeatHealthy)
        }
        _ => None,
    }
}

fn announcement(trigger: Trigger, from: WorkspaceStatus, report: &Report) -> (EventName, Value) {
    match trigger {
        Trigger::HeartbeatWedged => (
            EventName::WorkspaceDegraded,
            json!({"runtime_state": WEDGED, "sample_error": report.sample_error}),
        ),
        Trigger::HeartbeatFailing => (
            EventName::WorkspaceDegraded,
            json!({"error_rate": report.error_rate, "sample_error": report.sample_error}),
        ),
        Trigger::HeartbeatRecovered => (EventName::WorkspaceOnline, json!({"recovered_from": from.as_str()})),
        _ => (EventName::WorkspaceOnline, Value::Object(Map::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(error_rate: f64, runtime_state: &str) -> Report {
        Report { error_rate, runtime_state: runtime_state.into(), ..Report::default() }
    }

    /// Ledger: REG-30, REG-31, REG-32, REG-33.
    #[test]
    fn a_beat_asks_for_one_transition_at_most_and_the_wedge_comes_first() {
        use WorkspaceStatus as S;
        for (status, rate, state, native, expected) in [
            (S::Online, 0.5, "", false, Some(Trigger::HeartbeatFailing)),
            (S::Online, 0.49, "", false, None),
            (S::Online, 0.9, "wedged", false, Some(Trigger::HeartbeatWedged)),
            (S::Online, 0.0, "wedged", true, Some(Trigger::HeartbeatWedged)),
            (S::Online, 0.8, "", true, None),
            (S::Online, 0.0, "confused", false, None),
            (S::Degraded, 0.05, "", false, Some(Trigger::HeartbeatHealthy)),
            (S::Degraded, 0.05, "", true, None),
            (S::Degraded, 0.05, "wedged", false, None),
            (S::Degraded, 0.1, "", false, None),
            (S::Degraded, 0.9, "", false, None),
            (S::Offline, 0.9, "wedged", true, Some(Trigger::HeartbeatRecovered)),
            (S::Provisioning, 0.0, "", false, Some(Trigger::HeartbeatRecovered)),
            (S::AwaitingAgent, 0.0, "", false, Some(Trigger::HeartbeatRecovered)),
            (S::Paused, 0.0, "", false, None),
            (S::Hibernated, 0.0, "", false, None),
            (S::Hibernating, 0.9, "wedged", false, None),
            (S::Failed, 0.0, "", false, None),
            (S::Removed, 0.0, "", false, None),
        ] {
            let asked = transition(status, &report(rate, state), native);
            assert_eq!(asked, expected, "{status:?} {rate} {state:?} native={native}");
        }
    }

    #[test]
    fn whatever_a_beat_asks_for_is_an_edge_of_the_machine() {
        for status in WorkspaceStatus::ALL {
            for rate in [0.0, 0.3, 0.7] {
                for state in ["", WEDGED] {
                    if let Some(trigger) = transition(status, &report(rate, state), false) {
                        assert!(server_types::transition::next(status, trigger).is_ok());
                    }
                }
            }
        }
    }
}
