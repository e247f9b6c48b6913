//! A whole run from its first event to its last: worlds prepared ahead, cases side by side, teardown always.

use std::collections::BTreeSet;
use std::sync::Arc;

use harness_model::event::{Promises, RunEvent, RunStarted};
use harness_model::replay::Sharing;
use harness_model::verdict::Summary;
use indexmap::IndexMap;

use super::case::Case;
use super::load::{Loaded, Ready};
use super::schedule::{self, Lost};
use super::stages::NO_TOPOLOGY;
use super::suite::Suite;
use super::{discover, in_world, keep, select};
use crate::ledger::Ledger;

/// How many cases run at once when none needs a world: they only wait for servers that somebody else runs.
const CASES_AT_ONCE: usize = 128;

/// What is asked of a run.
pub struct Request {
    /// Its name.
    pub run: String,
    /// `process` or `docker`.
    pub backend: &'static str,
    /// The cases.
    pub cases: Vec<Case>,
    /// The seed of their order; alphabetical without one.
    pub seed: Option<u64>,
    /// At most so many at once.
    pub jobs: Option<usize>,
    /// Cases of the project that were not chosen.
    pub left_out: usize,
}

/// Runs the cases and tears everything down, also after an interrupt.
pub async fn run(suite: &Arc<Suite>, request: Request) -> Summary {
    let Request { run, backend, mut cases, seed, jobs, left_out } = request;
    select::arrange(&mut cases, seed);
    suite.hub.emit(RunEvent::RunStarted(RunStarted {
        run,
        started: chrono::Utc::now(),
        backend: backend.to_owned(),
        seed,
        cases: cases.iter().map(|case| case.id.clone()).collect(),
    }));
    if let Some(promises) = promises(suite) {
        suite.hub.emit(RunEvent::LedgerOpened(promises));
    }
    let replays = replays(suite, &cases);
    lodge(suite, &replays);
    prepare(suite, &replays).await;
    judge_all(suite, cases, jobs).await;
    let asked = match suite.tally.kept() {
        Some(kept) => Some(keep::until_told(suite, &kept).await),
        None => None,
    };
    suite.hub.emit(RunEvent::Progress { text: "taking the worlds down".into() });
    let leftovers = suite.stages.close().await;
    suite.hub.emit(RunEvent::Progress { text: String::new() });
    if let Some(asked) = asked {
        asked.tell(&leftovers).await;
    }
    let summary = suite.tally.summary(not_run(&replays, left_out), leftovers);
    suite.hub.emit(RunEvent::RunFinished { took_ms: suite.hub.elapsed_ms(), summary: summary.clone() });
    summary
}

/// What the project promises, for reports that count what the run shows of it. A ledger that cannot be read is told
/// by `harness ledger` and by the lint.
fn promises(suite: &Suite) -> Option<Promises> {
    let project = suite.loader.project();
    let cases = discover::cases(project).ok()?;
    Ledger::read(project, &cases).ok()?.told()
}

fn replays(suite: &Suite, cases: &[Case]) -> Vec<Ready> {
    let loaded = cases.iter().map(|case| suite.loader.load(case));
    let ready = loaded.filter_map(|loaded| match loaded {
        Loaded::Replay(ready) => Some(*ready),
        // What is wrong with a file is told under its case's name.
        Loaded::Golden { .. } | Loaded::Wrong(_) => None,
    });
    ready.collect()
}

/// Opens the stages and tells their pools what is coming. What fails here is told by the cases that need it.
async fn prepare(suite: &Suite, replays: &[Ready]) {
    let mut by_topology: IndexMap<&str, Vec<&Ready>> = IndexMap::new();
    let in_worlds = replays.iter().filter(|ready| ready.topology.name != NO_TOPOLOGY);
    for ready in in_worlds.filter(|ready| !is_guest(suite, ready)) {
        by_topology.entry(&ready.topology.name).or_default().push(ready);
    }
    for ready in by_topology.into_values() {
        let opened = tokio::select! {
            opened = suite.stages.of(&ready[0].topology) => opened,
            () = suite.stop.cancelled() => return,
        };
        if let Ok(opened) = opened {
            let fresh = ready.into_iter().filter(|ready| ready.replay.world == Sharing::Fresh);
            opened.pool.announce(fresh.map(in_world::spec));
        }
    }
    suite.hub.emit(RunEvent::Progress { text: String::new() });
}

/// Whether a replay is judged in the world that somebody keeps.
fn is_guest(suite: &Suite, ready: &Ready) -> bool {
    suite.lodging_for(ready, &in_world::spec(ready)).is_some()
}

/// Tells of the world that somebody keeps, and which of those that were to be judged there get their own.
fn lodge(suite: &Suite, replays: &[Ready]) {
    let Some(lodging) = &suite.lodging else { return };
    lodging.tell(&suite.hub);
    let mut elsewhere: IndexMap<String, Vec<&str>> = IndexMap::new();
    for ready in replays.iter().filter(|ready| ready.topology.name != NO_TOPOLOGY) {
        if let Some(why) = lodging.refuses(ready, &in_world::spec(ready)) {
            elsewhere.entry(why).or_default().push(&ready.id.0);
        }
    }
    for (why, cases) in elsewhere {
        let text = format!("a world of its own, since {why}: {}", cases.join(", "));
        suite.hub.emit(RunEvent::Note { text });
    }
}

async fn judge_all(suite: &Arc<Suite>, cases: Vec<Case>, jobs: Option<usize>) {
    let limit = || {
        let possible = suite.stages.concurrency().unwrap_or(CASES_AT_ONCE);
        jobs.map_or(possible, |jobs| jobs.min(possible))
    };
    let judge = |case: Case| {
        let suite = Arc::clone(suite);
        async move {
            suite.judge(&case).await;
        }
    };
    let done = |case: Case, result: Result<(), Lost>| match result {
        Ok(()) => {}
        Err(Lost::Interrupted) => drop(suite.lost(&case, "interrupted before it was judged")),
        Err(Lost::Panicked(text)) => drop(suite.lost(&case, &format!("the harness panicked: {text}"))),
    };
    schedule::run_all(cases, limit, &suite.stop, judge, done).await;
}

/// What a green run does not cover: cases that were not chosen, variants that nobody used.
fn not_run(replays: &[Ready], left_out: usize) -> Vec<String> {
    if left_out > 0 {
        return vec![format!("{left_out} other cases of the project: not chosen")];
    }
    let used: BTreeSet<_> = replays.iter().flat_map(|ready| &ready.replay.variants).collect();
    let topologies: IndexMap<_, _> =
        replays.iter().map(|ready| (&ready.topology.name, &ready.topology)).collect();
    let variants = topologies.values().flat_map(|topology| topology.variants.keys());
    variants
        .filter(|name| !used.contains(name))
        .map(|name| format!("variant {name}: no case uses it"))
        .collect()
}
