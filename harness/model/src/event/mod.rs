//! What happened in a run, as one stream of events.
//!
//! The engine and the runner emit these and nothing else; every report and the run log are folds over
//! them. A run log is one [`Stamped`] event per line of JSON, so a report can be
//! made again from the file alone, long after the world is gone.
//!
//! Reading order: this file (the events), [`exchange`] (what went over a wire), [`judged`] (what a step was
//! judged by), [`failure`] (why a step is not green), [`place`] (the topology as it is drawn, and what its
//! services wrote), [`promises`] (the ledger that the cases stand for). Every text in here has already been masked: a secret must not reach an event.

pub mod exchange;
pub mod failure;
pub mod judged;
pub mod place;
pub mod promises;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

pub use exchange::{Body, Exchange, Frame, Header, HttpRequest, HttpResponse};
pub use failure::{Failure, LogExcerpt, Mismatch, Seen, SourceAt, Waited};
pub use judged::{Bound, Judged, Looked, Window};
pub use place::{MapService, ServiceLine, TopologyMap, Voice};
pub use promises::{Promise, PromiseCheck, Promises};

use crate::verdict::{CaseId, Summary, Verdict};

/// An event and the moment it happened, in milliseconds since the run started.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stamped {
    /// Milliseconds since `RunStarted`.
    pub at_ms: u64,
    /// What happened.
    #[serde(flatten)]
    pub event: RunEvent,
}

/// Everything that can happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum RunEvent {
    /// First event of every log.
    RunStarted(RunStarted),
    /// Something the reader should know that belongs to no case, such as "no redis-server here".
    Note {
        /// The sentence.
        text: String,
    },
    /// What is being done before the first case can run, for people who watch.
    Progress {
        /// The activity, as in `building workspace-server`; empty when it is over.
        text: String,
    },
    /// What the project promises; the verdicts that follow show some of it.
    LedgerOpened(Promises),
    /// A topology is about to be used for the first time in the run.
    TopologyOpened(TopologyMap),
    /// A world is being started.
    WorldBooting {
        /// Name of the world, unique in the run.
        world: String,
        /// Topology and variants, as in `two-tenants+short-idle`.
        topology: String,
    },
    /// One service of a world answered its last readiness condition.
    ServiceReady {
        /// Name of the world.
        world: String,
        /// Name of the service in the topology.
        service: String,
        /// Time from the start of the service.
        took_ms: u64,
    },
    /// Every service of the world is ready.
    WorldReady {
        /// Name of the world.
        world: String,
        /// Time from `WorldBooting`.
        took_ms: u64,
        /// By which `host:port`, or `Host` of a routed request, each service is reached.
        #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
        doors: IndexMap<String, String>,
    },
    /// The world could not be brought up.
    WorldFailed {
        /// Name of the world.
        world: String,
        /// Why, with the log lines of the service that did not come up.
        failure: Box<Failure>,
        /// True when a readiness deadline passed, false when something was wrong with the set-up.
        deadline: bool,
    },
    /// The world has been taken down.
    WorldDown {
        /// Name of the world.
        world: String,
        /// Processes, ports, databases or folders that outlived it; must be empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        leftovers: Vec<String>,
    },
    /// A case begins: a replay row, a corpus entry or a golden.
    ReplayStarted(ReplayStarted),
    /// A case has its world.
    WorldTaken {
        /// The case.
        case: CaseId,
        /// Name of the world.
        world: String,
    },
    /// A step begins.
    StepStarted {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
    },
    /// A request went out and an answer (or the lack of one) came back.
    ExchangeRecorded {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
        /// Duration of the exchange.
        took_ms: u64,
        /// What went over the wire.
        exchange: Box<Exchange>,
    },
    /// A step was judged; this is by what.
    StepJudged {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
        /// The observation that decided it and the values its expectation asked for.
        judged: Box<Judged>,
    },
    /// Every check of the step held.
    StepPassed {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
        /// Duration of the step, waiting included.
        took_ms: u64,
        /// How many checks were made.
        checks: u32,
    },
    /// A check of the step did not hold.
    StepFailed {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
        /// Duration of the step, waiting included.
        took_ms: u64,
        /// Everything a reader needs.
        failure: Box<Failure>,
    },
    /// The step could not be judged.
    StepBroken {
        /// The case.
        case: CaseId,
        /// The step.
        step: StepRef,
        /// Duration of the step, waiting included.
        took_ms: u64,
        /// Why it could not be judged.
        failure: Box<Failure>,
    },
    /// What the services of a case that is not green wrote and saw while it ran, oldest first.
    ServicesLogged {
        /// The case.
        case: CaseId,
        /// The lines, of all services on one clock.
        lines: Vec<ServiceLine>,
        /// Lines left out before the first of `lines`.
        #[serde(default)]
        left_out: u32,
    },
    /// The case is over and has its verdict.
    ReplayFinished(ReplayFinished),
    /// Last event of every complete log.
    RunFinished {
        /// Duration of the run.
        took_ms: u64,
        /// Counts of every class and the names that must be shown.
        summary: Summary,
    },
}

/// How a run was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// Name of the run: names its log, its databases and its lease.
    pub run: String,
    /// Wall clock at the start.
    pub started: DateTime<Utc>,
    /// `process` or `docker`; `none` when no case needs a world.
    pub backend: String,
    /// The seed of the order when it is shuffled; also the seed of generated values.
    pub seed: Option<u64>,
    /// Every case that will run, in order.
    pub cases: Vec<CaseId>,
}

/// A case begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayStarted {
    /// The case.
    pub case: CaseId,
    /// The sentence of the replay.
    pub title: String,
    /// The file, relative to the project.
    pub file: String,
    /// Issues it closes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closes: Vec<String>,
    /// The world it runs in, when it needs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub world: Option<String>,
    /// Number of steps, for progress; `for_each` rows are not counted.
    pub steps: u32,
}

/// A case is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReplayFinished {
    /// The case.
    pub case: CaseId,
    /// What counts for the suite.
    pub verdict: Verdict,
    /// Why, when the verdict is not simply the outcome: the xfail entry's reason, the missing capability.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// Issue of the xfail entry that was applied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Duration of the case, without waiting for its world.
    pub took_ms: u64,
    /// Checks that held.
    pub checks_passed: u32,
    /// Checks that did not.
    pub checks_failed: u32,
    /// The command that runs this case alone, with the same seed.
    pub reproduce: String,
}

/// Part of a replay that a step belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Preparation: a failure here is *broken*.
    Given,
    /// The replay itself.
    Steps,
    /// Clean-up, runs in any case.
    Finally,
}

/// Which step an event is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepRef {
    /// Part of the replay.
    pub phase: Phase,
    /// Position in that part, from 0.
    pub index: u32,
    /// Name of the step; the signature of an expected failure names it.
    pub name: String,
    /// The `for_each` row, repetition or parallel branch, outermost first, as in `path=/events`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<String>,
}

impl std::fmt::Display for StepRef {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.name)?;
        self.inside.iter().try_for_each(|row| write!(out, " [{row}]"))
    }
}
