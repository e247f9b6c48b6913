//! The cases of a project as a test binary that cargo and nextest understand.
//!
//! The names, filters and verdicts are those of `harness run`. What a test binary cannot say is said in text:
//! an expected failure passes and is listed, a missing capability is an ignored test with its reason, a broken
//! case fails with the word in front.

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use harness_model::event::{ReplayFinished, RunEvent, RunStarted, Stamped};
use harness_model::verdict::Verdict;
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
use crate::world::Options;

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
    let shared = match Shared::open(project, keeper, &cases) {
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
    fn open(project: &Project, keeper: &Path, cases: &[Case]) -> std::io::Result<Self> {
        let name = runs::name(chrono::Utc::now());
        let view = Seen::default();
        let log = RunLog::create(&runs::log(project, &name)?)?;
        let hub = Arc::new(Hub::new(vec![Box::new(log), Box::new(view.clone())]));
        hub.emit(RunEvent::RunStarted(RunStarted {
            run: name,
            started: chrono::Utc::now(),
            backend: "process".into(),
            seed: None,
            cases: cases.iter().map(|case| case.id.clone()).collect(),
        }));
        let options =
            Options { keeper: keeper.to_owned(), keep_up: false, ..Options::from_env(project.root()) };
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
        for leftover in &summary.leftovers {
            eprintln!("left over: {leftover}");
        }
        if let Err(error) = &written {
            eprintln!("the run's log could not be written: {error}");
        }
        summary.leftovers.is_empty() && written.is_ok()
    }
}

fn issue(finished: &ReplayFinished) -> &str {
    finished.issue.as_deref().unwrap_or_default()
}
