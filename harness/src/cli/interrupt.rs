//! Ctrl-C: the first one ends the run in order, worlds included; the second one ends it now.

use std::process;

use crate::errln;
use harness_model::verdict::Exit;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels the token at the first interrupt or termination, and ends the process at the second: what is then
/// left is removed by the keeper.
pub(super) fn cancels(stop: &CancellationToken) {
    let stop = stop.clone();
    tokio::spawn(async move {
        for times in 0_u32.. {
            received().await;
            if times > 0 {
                process::exit(i32::from(Exit::Red.code()));
            }
            errln!("interrupted: taking the worlds down (again to end at once)");
            stop.cancel();
        }
    });
}

async fn received() {
    let mut terminate = signal(SignalKind::terminate()).expect("a handler can be installed inside a runtime");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
