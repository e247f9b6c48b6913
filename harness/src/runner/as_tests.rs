//! The cases of a project as a test binary that cargo and nextest understand.
//!
//! The names, filters and verdicts are those of `harness run`. What a test binary cannot say is said in text:
//! an expected failure passes and is listed, a missing capability is an ignored test with its reason, a broken
//! case fails with the word in front.
//!
//! Under nextest every case is a process of its own. Such a process is no run: it keeps no log, or one test run
//! would push every kept run out.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::event::{ReplayFinished, RunEvent, RunStarted, Stamped};
use harness_model::verdict::{CaseId, Missing, Verdict};
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::case::Case;
use super::hub::Hub;
use super::suite::Suite;
use super::{discover, runs};
use crate::project::Project;
use crate::report::log::RunLog;
use crate::report::view::{FailedAt, RunView};
use crate::report::{Reporter, failure};
use crate::world::{Backend, Options};

/// More threads than cores: a case mostly waits for its world.
const TEST_THREADS: usize = 6;

/// Runs the cases of a project as tests; `keeper` is the program that becomes the keeper.
#[must_use]
pub fn main(project: &Project, keeper: &Path) -> ExitCode {
    let mut args = Arguments::from_args();
    let cases = match discover::cases(project) {
        Ok(cases) => cases,
        Err(error) => {
            eprintln!("cannot read the project's folders: {error}");
            return ExitCode::FAILURE;
        }
    };
    if args.list {
        let names = cases.into_iter().map(|case| Trial::test(case.id.0, || Ok(())));
        return libtest_mimic::run(&args, names.collect()).exit_code();
    }
    args.test_threads.get_or_insert(TEST_THREADS);
    let chosen = cases.iter().filter(|case| is_chosen(&args, &case.id.0)).map(|case| case.id.clone());
    let shared = match Shared::open(project, keeper, chosen.collect()) {
        Ok(shared) => Arc::new(shared),
        Err(error) => {
            eprintln!("cannot begin: {error}");
            return ExitCode::FAILURE;
        }
    };
    let trials = cases.into_iter().map(|case| trial(&shared, case)).collect();
    let conclusion = libtest_mimic::run(&args, trials);
    match shared.close() {
        true => conclusion.exit_code(),
        false => ExitCode::FAILURE,
    }
}

/// Whether a case is going to run: a run announces no other ones.
fn is_chosen(args: &Arguments, name: &str) -> bool {
    let is_it = |filter: &String| if args.exact { name == filter } else { name.contains(filter.as_str()) };
    args.filter.iter().all(is_it) && !args.skip.iter().any(is_it)
}

/// The log of this process; none where a process judges a single case.
fn log(project: &Project, run: &str) -> std::io::Result<Option<RunLog>> {
    if std::env::var("NEXTEST_EXECUTION_MODE").is_ok_and(|mode| mode == "process-per-test") {
        return Ok(None);
    }
    RunLog::create(&runs::log(project, run)?).map(Some)
}

fn trial(shared: &Arc<Shared>, case: Case) -> Trial {
    let shared = Arc::clone(shared);
    let name = case.id.0.clone();
    Trial::ignorable_test(name, move || shared.judge(&case))
}

/// What all cases of the process share.
struct Shared {
    runtime: Runtime,
    suite: Suite,
    view: Seen,
}

/// The events so far, for the text of a failed test.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<RunView>>);

impl Reporter for Seen {
    fn event(&mut self, event: &Stamped) -> std::io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).event(&event.event);
        Ok(())
    }
}

impl Shared {
    fn open(project: &Project, keeper: &Path, cases: Vec<CaseId>) -> std::io::Result<Self> {
        let backend = backend()?;
        let name = runs::name(chrono::Utc::now());
        let view = Seen::default();
        let options = Options::from_env(project.root()).map_err(std::io::Error::other)?;
        let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(view.clone())];
        reporters.extend(log(project, &name)?.map(|log| Box::new(log) as Box<dyn Reporter>));
        let hub = Arc::new(Hub::new(reporters));
        hub.emit(RunEvent::RunStarted(RunStarted {
            run: name,
            started: chrono::Utc::now(),
            backend: backend.word().into(),
            seed: None,
            cases,
        }));
        let keeper = keeper.to_owned();
        let options = Options { backend, keeper, keep_up: false, ..options };
        Ok(Shared {
            runtime: tokio::runtime::Builder::new_multi_thread().enable_all().build()?,
            suite: Suite::open(project, options, hub, CancellationToken::new()),
            view,
        })
    }

    fn judge(&self, case: &Case) -> Result<Completion, Failed> {
        let finished = self.runtime.block_on(self.suite.judge(case));
        match finished.verdict {
            Verdict::Passed => Ok(Completion::Completed),
            Verdict::Xfailed => {
                println!("XFAIL {} {}: {}", case.id, issue(&finished), finished.because);
                Ok(Completion::Completed)
            }
            Verdict::Skipped => Ok(Completion::ignored_with(finished.because)),
            Verdict::Failed | Verdict::Broken | Verdict::Xpassed => Err(self.text(&finished).into()),
        }
    }

    /// What a failed test prints: the class, the reason, and every failure of the case.
    fn text(&self, finished: &ReplayFinished) -> String {
        let word = finished.verdict.word().to_uppercase();
        let mut text = format!("{word} {} {}\n", issue(finished), finished.because);
        let view = self.view.0.lock().unwrap_or_else(PoisonError::into_inner);
        let case = view.cases.iter().find(|case| case.id == finished.case);
        for FailedAt { step, failure } in case.into_iter().flat_map(|case| &case.failures) {
            text += &failure::render(failure, Some(&step.to_string()), &finished.reproduce);
        }
        anstream::adapter::strip_str(&text).to_string()
    }

    /// Takes everything down; says what was left.
    fn close(&self) -> bool {
        let leftovers = self.runtime.block_on(self.suite.stages.close());
        let summary = self.suite.tally.summary(Vec::new(), leftovers);
        let took_ms = self.suite.hub.elapsed_ms();
        self.suite.hub.emit(RunEvent::RunFinished { took_ms, summary: summary.clone() });
        let written = self.suite.hub.finish();
        println!("{summary}");
        for Missing { capability, reason } in &summary.missing {
            println!("not here {capability}: {reason}");
        }
        for leftover in &summary.leftovers {
            eprintln!("left over: {leftover}");
        }
        if let Err(error) = &written {
            eprintln!("the run's log could not be written: {error}");
        }
        summary.leftovers.is_empty() && written.is_ok()
    }
}

/// What carries the worlds, as `HARNESS_BACKEND` says.
fn backend() -> std::io::Result<Backend> {
    let word = std::env::var(Backend::VARIABLE).unwrap_or_default();
    if word.is_empty() {
        return Ok(Backend::Process);
    }
    Backend::from_word(&word).ok_or_else(|| {
        let known = Backend::WORDS.join(" or ");
        std::io::Error::other(format!("{} is {known}, not {word:?}", Backend::VARIABLE))
    })
}

fn issue(finished: &ReplayFinished) -> &str {
    finished.issue.as_deref().unwrap_or_default()
}
