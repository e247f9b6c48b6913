//! Background reconcilers: each takes no input, is safe to repeat, and reports what it did.
//!
//! A sweep acts through one guarded statement and announces only what that statement changed, so it
//! can race a register, a restart or a delete and simply lose.

pub mod health;
pub mod liveness;
pub mod orphans;
pub mod provision_timeout;

use std::time::Duration;

use crate::{App, a2a::drain};

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows looked at, or moved where the statement both finds and moves.
    pub examined: usize,
    /// Rows moved.
    pub changed: usize,
    /// Steps that failed and were left for the next run.
    pub errors: usize,
}

/// When a sweep runs.
struct Cadence {
    /// Pause before the first run.
    first: Duration,
    /// Pause before every other run.
    every: Duration,
}

impl From<Duration> for Cadence {
    fn from(every: Duration) -> Self {
        Self { first: every, every }
    }
}

impl App {
    /// Starts every sweep of this deployment under supervision.
    pub fn start_sweeps(&self) {
        let timing = &self.config.timing;
        self.start_sweep("health-sweep", timing.health_sweep_interval, |app| async move {
            app.sweep_health().await
        });
        self.start_sweep("provision-timeout-sweep", timing.provision_sweep_interval, |app| async move {
            app.sweep_provision_timeouts().await
        });
        self.start_sweep("activity-retention", timing.activity_cleanup_interval, |app| async move {
            app.sweep_activity().await
        });
        if self.provisioning.containers().is_some() {
            let cadence = Cadence { first: Duration::ZERO, every: timing.orphan_sweep_interval };
            self.start_sweep(
                "orphan-sweeper",
                cadence,
                |app| async move { app.sweep_orphans().await.total() },
            );
        }
        let app = self.clone();
        self.context.spawn(async move { drain::recover(&app).await });
        let app = self.clone();
        self.context.supervise("liveness-monitor", move || {
            let app = app.clone();
            async move { app.monitor_liveness().await }
        });
        let app = self.clone();
        self.context.supervise("broadcaster", move || {
            let app = app.clone();
            async move { app.events.publish_loop(|| app.tasks.tick("broadcaster", app.context.now())).await }
        });
    }

    fn start_sweep<F, T>(&self, name: &'static str, cadence: impl Into<Cadence>, run: F)
    where
        F: Fn(App) -> T + Clone + Send + Sync + 'static,
        T: Future<Output = Report> + Send + 'static,
    {
        let app = self.clone();
        let Cadence { first, every } = cadence.into();
        self.context.supervise(name, move || {
            let (app, run) = (app.clone(), run.clone());
            async move {
                let mut pause = first;
                loop {
                    tokio::time::sleep(std::mem::replace(&mut pause, every)).await;
                    app.tasks.tick(name, app.context.now());
                    let report = run(app.clone()).await;
                    if report.changed > 0 || report.errors > 0 {
                        tracing::info!(?report, "{name}");
                    }
                }
            }
        });
    }
}
