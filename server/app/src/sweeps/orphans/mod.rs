//! Orphan sweep, with a local engine only: what a crash, a wiped database or a wiped volume left.
//!
//! Three passes that know nothing of each other, so that a failure of one never stops another:
//! [`containers::removed`], [`containers::wiped`], [`tokens::stale`]. All look at the engine first and at
//! the database after: a container that appears meanwhile is not judged by an older list. Without an
//! engine none of them runs: a hosted tenant, whose machines are no containers, would lose every token.

mod containers;
mod tokens;

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::Report;
use crate::App;

/// Longest one run may take.
const DEADLINE: Duration = Duration::from_secs(30);

/// What each pass of one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrphanReport {
    /// Containers whose workspace is removed.
    pub removed: Report,
    /// Containers of this server whose workspace no database knows.
    pub wiped: Report,
    /// Workspaces whose tokens outlived their container.
    pub stale_tokens: Report,
}

impl OrphanReport {
    /// All passes together.
    pub fn total(self) -> Report {
        [self.removed, self.wiped, self.stale_tokens].into_iter().fold(Report::default(), |sum, pass| {
            Report {
                examined: sum.examined + pass.examined,
                changed: sum.changed + pass.changed,
                errors: sum.errors + pass.errors,
            }
        })
    }
}

impl App {
    /// One run of all passes; nothing at all without a local engine.
    pub async fn sweep_orphans(&self) -> OrphanReport {
        let Some(engine) = self.provisioning.containers() else { return OrphanReport::default() };
        let deadline = Instant::now() + DEADLINE;
        let (removed, wiped, stale_tokens) = tokio::join!(
            in_time("removed rows", deadline, containers::removed(self, engine)),
            in_time("wiped database", deadline, containers::wiped(self, engine)),
            in_time("stale tokens", deadline, tokens::stale(self, engine)),
        );
        OrphanReport { removed, wiped, stale_tokens }
    }
}

async fn in_time(pass: &str, deadline: Instant, work: impl Future<Output = Report>) -> Report {
    timeout_at(deadline, work).await.unwrap_or_else(|_| {
        tracing::error!("Orphan sweeper: {pass}: not done within {} s", DEADLINE.as_secs());
        Report { errors: 1, ..Report::default() }
    })
}

/// A pass that could not look; the next run looks again.
fn skipped(pass: &str, error: impl std::fmt::Display) -> Report {
    tracing::error!(%error, "Orphan sweeper: {pass}: skipped until the next run");
    Report { errors: 1, ..Report::default() }
}
