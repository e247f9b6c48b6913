//! The server restarts an agent by itself: it was found dead, or a message came while it slept.
//!
//! Reading order: [`coalescer`] (many requests, few restarts), [`cycle`] (one stop and start).

pub mod coalescer;
mod cycle;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use server_types::WorkspaceId;

pub use coalescer::{Cause, Restarts};

use crate::{
    App,
    tasks::{capture_backtraces, panic_text, take_backtrace},
};

impl App {
    /// Asks for a restart and returns at once; requests during a running one become one more.
    pub fn restart_detached(&self, id: WorkspaceId, cause: Cause) {
        if !self.provisioning.has_provisioner() {
            return;
        }
        let Some(mut turn) = self.restarts.enter(id, cause) else {
            tracing::info!("Auto-restart: {id} — coalescing with in-flight cycle (pending=true)");
            return;
        };
        let app = self.clone();
        self.context.spawn(async move {
            capture_backtraces();
            while let Some(asked) = turn.take() {
                let cycle = AssertUnwindSafe(cycle::run(&app, id, asked)).catch_unwind().await;
                if let Err(panic) = cycle {
                    let backtrace = take_backtrace();
                    tracing::error!(
                        "Auto-restart: PANIC for {id}: {}\n{backtrace}",
                        panic_text(panic.as_ref())
                    );
                    return;
                }
            }
        });
    }
}
