//! Is an agent that does not answer dead? Only a certain "yes" counts.

use http::StatusCode;
use serde_json::json;
use server_store::status;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use server_types::{EventName, Trigger, WorkspaceId};

use crate::{App, backends::Liveness, restart::Cause};

/// What is known of an agent that failed to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Alive, or not known to be dead: nothing is restarted on a guess.
    Alive,
    /// Its backend says that it does not run; a restart was asked for.
    Dead,
}

/// The statuses a gateway gives when the instance behind it is gone. 520 and 525 are not among them:
/// the agent answered, only badly.
pub fn looks_dead(status: StatusCode) -> bool {
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::A2aPassesGatewayErrorsOn) {
        return false;
    }
    matches!(status.as_u16(), 502 | 503 | 504 | 521 | 522 | 523 | 524)
}

/// Asks the backend about an agent that failed. A dead one is offline from now on, and restarted.
///
/// An external agent has no backend that could know, or restart, it.
pub(super) async fn check(app: &App, id: WorkspaceId, external: bool) -> Health {
    #[cfg(feature = "witness")]
    let external = external && !seams::is_open(Seam::A2aAsksAfterExternals);
    if external {
        return Health::Alive;
    }
    let liveness = app.backend_liveness(id).await;
    #[cfg(feature = "witness")]
    let liveness = without_doubt(liveness);
    match liveness {
        Liveness::Running => Health::Alive,
        Liveness::Unknown(why) => {
            tracing::info!(workspace = %id, why, "A2A: dead or alive is unknown, taken as alive");
            Health::Alive
        }
        Liveness::Gone => {
            tracing::warn!(workspace = %id, "A2A: the agent's machine does not run, restarting it");
            bury(app, id).await;
            app.restart_detached(id, Cause::Auto);
            Health::Dead
        }
    }
}

#[cfg(feature = "witness")]
fn without_doubt(liveness: Liveness) -> Liveness {
    match liveness {
        Liveness::Unknown(_) if seams::is_open(Seam::A2aTakesDoubtForDeath) => Liveness::Gone,
        certain => certain,
    }
}

/// Stores and announces that the agent is gone; the restart happens also when it was known before.
async fn bury(app: &App, id: WorkspaceId) {
    let change = status::transition(&app.store.db, id, Trigger::BackendGone).await;
    app.clear_cache(id).await;
    match change {
        Ok(change) if change.happened() => {
            app.events.record_or_log(EventName::WorkspaceOffline, id, json!({})).await;
        }
        Ok(_) => {}
        Err(error) => tracing::error!(workspace = %id, %error, "A2A: offline not stored"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: A2A-05, PROV-35.
    #[test]
    fn exactly_seven_statuses_look_dead() {
        let table = [
            (502, true),
            (503, true),
            (504, true),
            (521, true),
            (522, true),
            (523, true),
            (524, true),
            (520, false),
            (525, false),
            (500, false),
            (501, false),
            (505, false),
            (429, false),
            (408, false),
            (404, false),
            (400, false),
            (302, false),
            (200, false),
        ];
        for (code, expected) in table {
            let status = StatusCode::from_u16(code).expect("a status");
            assert_eq!(looks_dead(status), expected, "{code}");
        }
        let dead = (100..=999).filter_map(|code| StatusCode::from_u16(code).ok()).filter(|s| looks_dead(*s));
        assert_eq!(dead.count(), 7);
    }
}
