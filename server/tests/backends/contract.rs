//! The contract of every back end: the same cases against a control plane, a scripted engine, the machine's
//! engine, and nothing at all.

use server_app::backends::Liveness;

use super::bench::{Bench, RAW};

/// One test a case and back end.
macro_rules! contract {
    ($($backend:ident: $($case:ident),+;)+) => {
        $(mod $backend {
            $(#[tokio::test]
            async fn $case() {
                if let Some(bench) = super::Bench::$backend().await {
                    super::$case(&bench).await;
                }
            })+
        })+
    };
}

contract! {
    control_plane: a_started_workspace_runs, a_second_start_takes_the_place_of_the_first, a_stopped_one_is_gone,
        stopping_again_is_a_success, an_unknown_one_is_gone_and_stops, one_that_died_is_gone, a_failed_stop_is_an_error_and_may_be_tried_again,
        a_failed_start_fails_the_workspace_in_canned_words;
    scripted_docker: a_started_workspace_runs, a_second_start_takes_the_place_of_the_first, a_stopped_one_is_gone,
        stopping_again_is_a_success, an_unknown_one_is_gone_and_stops, one_that_died_is_gone, a_failed_stop_is_an_error_and_may_be_tried_again,
        a_failed_start_fails_the_workspace_in_canned_words;
    // A healthy engine cannot be made to doubt or to refuse.
    real_docker: a_started_workspace_runs, a_second_start_takes_the_place_of_the_first, a_stopped_one_is_gone,
        stopping_again_is_a_success, an_unknown_one_is_gone_and_stops, one_that_died_is_gone;
}

async fn a_started_workspace_runs(bench: &Bench) {
    assert!(bench.server.app.provisioning.has_provisioner());
    let workspace = bench.running().await;
    assert_eq!(bench.server.db_status(&workspace).await, "provisioning", "until its agent registers");
    assert!(bench.server.events_of(&workspace).await.is_empty(), "a success announces no failure");
}

async fn a_second_start_takes_the_place_of_the_first(bench: &Bench) {
    let workspace = bench.running().await;
    assert!(bench.start(&workspace).await);
    assert_eq!(bench.liveness(&workspace).await, Liveness::Running);
    assert_eq!(bench.server.db_status(&workspace).await, "provisioning", "neither start failed");
    assert_eq!(bench.stop(&workspace).await, Ok(()));
    assert_eq!(bench.liveness(&workspace).await, Liveness::Gone, "one stop ends what two starts began");
}

async fn a_stopped_one_is_gone(bench: &Bench) {
    let (workspace, other) = (bench.running().await, bench.running().await);
    assert_eq!(bench.stop(&workspace).await, Ok(()));
    assert_eq!(bench.liveness(&workspace).await, Liveness::Gone);
    assert_eq!(bench.liveness(&other).await, Liveness::Running);
}

async fn stopping_again_is_a_success(bench: &Bench) {
    let workspace = bench.running().await;
    for _ in 0..3 {
        assert_eq!(bench.stop(&workspace).await, Ok(()));
    }
}

async fn an_unknown_one_is_gone_and_stops(bench: &Bench) {
    let never_started = bench.row().await;
    let no_row = uuid::Uuid::new_v4().to_string();
    for workspace in [never_started, no_row] {
        assert_eq!(bench.liveness(&workspace).await, Liveness::Gone);
        assert_eq!(bench.stop(&workspace).await, Ok(()));
    }
}

async fn one_that_died_is_gone(bench: &Bench) {
    let workspace = bench.running().await;
    bench.kill(&workspace).await;
    assert_eq!(bench.liveness(&workspace).await, Liveness::Gone);
    assert_eq!(bench.stop(&workspace).await, Ok(()));
}

/// Ledger: PROV-52.
#[tokio::test]
async fn doubt_is_neither_running_nor_gone() {
    for bench in [Bench::control_plane().await, Bench::scripted_docker().await].into_iter().flatten() {
        let workspace = bench.running().await;
        bench.break_status();
        let doubt = bench.liveness(&workspace).await;
        assert!(matches!(doubt, Liveness::Unknown(_)), "{doubt:?}");
    }
}

async fn a_failed_stop_is_an_error_and_may_be_tried_again(bench: &Bench) {
    let workspace = bench.running().await;
    bench.break_stops(true);
    assert!(bench.stop(&workspace).await.is_err());
    bench.break_stops(false);
    assert_eq!(bench.stop(&workspace).await, Ok(()));
    assert_eq!(bench.liveness(&workspace).await, Liveness::Gone);
}

async fn a_failed_start_fails_the_workspace_in_canned_words(bench: &Bench) {
    bench.break_starts();
    let workspace = bench.row().await;
    bench.start(&workspace).await;
    let text = bench.failure_of(&workspace).await;
    assert_eq!(text, bench.failed_text());
    assert!(!text.contains(RAW));
}

/// Ledger: PROV-51, PROV-06.
#[tokio::test]
async fn without_a_backend_nothing_starts_nothing_needs_stopping_and_nobody_can_say_what_runs() {
    let bench = Bench::none().await;
    assert!(!bench.server.app.provisioning.has_provisioner());
    let workspace = bench.row().await;
    assert!(!bench.start(&workspace).await);
    assert_eq!(bench.failure_of(&workspace).await, bench.failed_text());
    let text = "provisioner: no backend configured (zero-valued receiver)";
    assert_eq!(bench.liveness(&workspace).await, Liveness::Unknown(text.into()));
    let console = bench.server.app.console(crate::support::acting::id(&workspace)).await;
    assert_eq!(console.expect_err("no control plane").to_string(), "no control plane");
    bench.server.app.store.db.close().await;
    assert_eq!(bench.stop(&workspace).await, Ok(()), "the database is not asked");
}
