//! What the cases of one process share, and the judging of one of them.
//!
//! The command line and `cargo test` differ in who schedules and who prints; both judge here, so that a case
//! has the same verdict whichever way it is started.

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::NaiveDate;
use futures_util::FutureExt as _;
use harness_model::event::{Failure, Phase, ReplayFinished, ReplayStarted, RunEvent, StepRef};
use harness_model::verdict::{Ending, FailedStep, Missing, Named, Outcome, Summary, Verdict};
use harness_model::xfail::{self, XfailList};
use tokio_util::sync::CancellationToken;

use super::case::Case;
use super::hub::Hub;
use super::load::{Loaded, Loader, Ready, read};
use super::lodging::Lodging;
use super::stages::Stages;
use super::{golden, in_world};
use crate::engine::snapshot::Update;
use crate::project::Project;
use crate::world::{Events, Options, World, WorldSpec};

/// What the cases of one process share.
pub struct Suite {
    /// The project's files.
    pub loader: Loader,
    /// The expected failures.
    pub xfail: XfailList,
    /// The day on which entries are judged.
    pub today: NaiveDate,
    /// Where worlds come from.
    pub stages: Stages,
    /// Where events go.
    pub hub: Arc<Hub>,
    /// Cancelled when the run is interrupted.
    pub stop: CancellationToken,
    /// Whether the world of the first red case stays up for a look at it (`KEEP_UP=1`).
    pub keep_up: bool,
    /// The world that somebody keeps, for the cases that it serves (`harness run --kept`).
    pub lodging: Option<Lodging>,
    /// What becomes of a snapshot that does not match.
    pub snapshots: Update,
    /// Where each red case leaves a folder to look at.
    pub artifacts: Option<PathBuf>,
    /// What has been judged so far.
    pub tally: Tally,
}

/// The verdicts so far.
#[derive(Default)]
pub struct Tally(Mutex<Counts>);

#[derive(Default)]
struct Counts {
    summary: Summary,
    in_a_world: u32,
    without_a_world: u32,
    missing: Vec<Missing>,
    kept: Option<Kept>,
}

/// A world that is kept for a look at it, and which it is.
#[derive(Clone)]
pub struct Kept {
    /// The world.
    pub world: World,
    /// What it was made as.
    pub spec: WorldSpec,
}

impl Tally {
    fn lock(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a case got its world, or that none became ready in time.
    pub(super) fn world(&self, ready: bool) {
        let mut counts = self.lock();
        if ready { counts.in_a_world += 1 } else { counts.without_a_world += 1 }
    }

    fn count(&self, named: Named) {
        self.lock().summary.count(named);
    }

    /// The summary, with what the run did not cover and what it left behind.
    pub fn summary(&self, not_run: Vec<String>, leftovers: Vec<String>) -> Summary {
        let counts = self.lock();
        let unhealthy = counts.without_a_world > 0 && counts.in_a_world == 0;
        let missing = counts.missing.clone();
        Summary { missing, not_run, leftovers, unhealthy, ..counts.summary.clone() }
    }

    /// The world that was kept for a look at it.
    pub fn kept(&self) -> Option<Kept> {
        self.lock().kept.clone()
    }
}

/// The step under which a file that cannot be read fails.
const READ: &str = "read the file";

impl Suite {
    /// What the cases of a process share, from a project's files.
    #[must_use]
    pub fn open(project: &Project, options: Options, hub: Arc<Hub>, stop: CancellationToken) -> Self {
        let told = Arc::clone(&hub);
        let options = Options { events: Events::to(move |event| told.emit(event)), ..options };
        Suite {
            loader: Loader::new(project.clone()),
            xfail: xfail_list(project),
            today: chrono::Utc::now().date_naive(),
            keep_up: options.keep_up,
            stages: Stages::new(options),
            hub,
            stop,
            lodging: None,
            snapshots: Update::from_env(),
            artifacts: None,
            tally: Tally::default(),
        }
    }

    /// Judges a case from its file to its verdict. Never panics and never ends another case.
    pub async fn judge(&self, case: &Case) -> ReplayFinished {
        let begun = Instant::now();
        let outcome = match self.loader.load(case) {
            Loaded::Replay(replay) => self.run(case, &replay).await,
            Loaded::Golden { family } => {
                self.started(case, &format!("the {family} vectors hold"), &[], 0);
                let outcome = golden::judge(self, &family, &case.file).await;
                self.tell_steps(case, &outcome);
                outcome
            }
            Loaded::Wrong(findings) => {
                self.started(case, "cannot be read", &[], 0);
                let outcome = wrong_file(findings);
                self.tell_steps(case, &outcome);
                outcome
            }
        };
        self.finish(case, &outcome, millis(begun))
    }

    async fn run(&self, case: &Case, replay: &Ready) -> Outcome {
        let steps = u32::try_from(replay.replay.all_steps().count()).unwrap_or(u32::MAX);
        self.started(case, &replay.replay.title, &replay.replay.closes, steps);
        let judged = AssertUnwindSafe(in_world::run(self, replay)).catch_unwind();
        let outcome = tokio::select! {
            outcome = judged => outcome,
            () = self.stop.cancelled() => Ok(Outcome::broken(Failure::new("interrupted before it was judged"))),
        };
        outcome.unwrap_or_else(|panic| Outcome::broken(panicked(&*panic)))
    }

    /// The world that somebody keeps, if it serves such a case.
    pub(super) fn lodging_for(&self, case: &Ready, wanted: &WorldSpec) -> Option<&Lodging> {
        self.lodging.as_ref().filter(|lodging| lodging.refuses(case, wanted).is_none())
    }

    /// Records a case that the scheduler could not run.
    pub fn lost(&self, case: &Case, why: &str) -> ReplayFinished {
        self.finish(case, &Outcome::broken(Failure::new(why)), 0)
    }

    /// Notes what this machine lacks, for the summary.
    pub(super) fn lacks(&self, missing: Vec<Missing>) {
        let mut counts = self.tally.lock();
        for one in missing {
            if !counts.missing.contains(&one) {
                counts.missing.push(one);
            }
        }
    }

    /// Keeps the world of the first red case, when that was asked for.
    pub(super) fn keep(&self, world: &World, outcome: &Outcome, spec: impl FnOnce() -> WorldSpec) -> bool {
        let is_red = matches!(outcome.ending, Ending::Failed { .. } | Ending::Broken { .. });
        let mut counts = self.tally.lock();
        let keep = self.keep_up && is_red && counts.kept.is_none();
        if keep {
            counts.kept = Some(Kept { world: world.clone(), spec: spec() });
        }
        keep
    }

    fn started(&self, case: &Case, title: &str, closes: &[String], steps: u32) {
        self.hub.emit(RunEvent::ReplayStarted(ReplayStarted {
            case: case.id.clone(),
            title: title.to_owned(),
            file: self.loader.project().shown(&case.file),
            closes: closes.to_vec(),
            world: None,
            steps,
        }));
    }

    /// Tells of failed steps that no engine has told of.
    fn tell_steps(&self, case: &Case, outcome: &Outcome) {
        let Ending::Failed { steps } = &outcome.ending else { return };
        for FailedStep { step, failure } in steps {
            let (case, step, failure) = (case.id.clone(), step.clone(), Box::new(failure.clone()));
            self.hub.emit(RunEvent::StepFailed { case, step, took_ms: 0, failure });
        }
    }

    fn finish(&self, case: &Case, outcome: &Outcome, took_ms: u64) -> ReplayFinished {
        let judgement = xfail::judge(&outcome.ending, self.xfail.standing(&case.id, self.today));
        let finished = ReplayFinished {
            case: case.id.clone(),
            verdict: judgement.verdict,
            because: judgement.because.clone(),
            issue: judgement.issue.clone(),
            took_ms,
            checks_passed: outcome.checks_passed,
            checks_failed: outcome.checks_failed,
            reproduce: self.reproduce(case, judgement.verdict),
        };
        self.hub.emit(RunEvent::ReplayFinished(finished.clone()));
        let (case, verdict) = (case.id.clone(), judgement.verdict);
        self.tally.count(Named { case, verdict, issue: judgement.issue, because: judgement.because });
        finished
    }

    fn reproduce(&self, case: &Case, verdict: Verdict) -> String {
        match verdict {
            Verdict::Passed | Verdict::Skipped => String::new(),
            _ => format!("cargo harness run --exact '{}'", case.id),
        }
    }
}

/// The list of a project. A list that cannot be read is a case that fails, and nothing is expected then.
#[must_use]
pub fn xfail_list(project: &Project) -> XfailList {
    let source = read(project, &project.xfail()).ok();
    source.and_then(|source| XfailList::read(source).0).unwrap_or_else(XfailList::empty)
}

fn wrong_file(findings: String) -> Outcome {
    let step = StepRef { phase: Phase::Steps, index: 0, name: READ.into(), inside: Vec::new() };
    let steps = vec![FailedStep { step, failure: Failure::new(findings) }];
    Outcome { ending: Ending::Failed { steps }, checks_passed: 0, checks_failed: 1 }
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let help = "this is a bug of the harness, not of the replay".to_owned();
    Failure { help: Some(help), ..Failure::new(format!("the harness panicked: {text}")) }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
