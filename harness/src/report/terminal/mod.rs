//! What a person reads: a line per case, a screen per failure, and a summary that hides nothing.
//!
//! On a terminal [`live`] adds a moving line for every world that boots and every case that runs; in a pipe
//! there is none of it. The text itself is the same.

mod live;

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write};

use harness_model::event::{ReplayFinished, RunEvent, RunStarted, Stamped};
use harness_model::verdict::{CaseId, Missing, Summary, Verdict};

use super::text::{first_line, reason};
use super::view::FailedAt;
use super::{Reporter, failure, style};
use crate::out::{self, Out};
use live::Live;

/// The moving line of what happens before the first case.
const PROGRESS: &str = "progress";

/// The report for a person.
pub struct Terminal<W> {
    out: W,
    live: Live,
    failures: HashMap<CaseId, Vec<FailedAt>>,
}

/// The report on standard output: live and coloured on a terminal, plain in a pipe.
#[must_use]
pub fn stdout() -> Terminal<Out> {
    let live = if io::stdout().is_terminal() && io::stderr().is_terminal() {
        Live::on_terminal()
    } else {
        Live::hidden()
    };
    Terminal::new(out::stdout(), live)
}

impl<W: Write + Send> Terminal<W> {
    /// A plain report on any stream.
    pub fn plain(out: W) -> Self {
        Terminal::new(out, Live::hidden())
    }

    fn new(out: W, live: Live) -> Self {
        Terminal { out, live, failures: HashMap::new() }
    }

    /// The stream, when the report is done.
    pub fn into_inner(self) -> W {
        self.out
    }

    /// Shows what is being done; nothing when it is over.
    pub fn progress(&mut self, text: &str) {
        self.live.end(PROGRESS);
        if !text.is_empty() {
            self.live.begin(PROGRESS, text);
        }
    }

    /// Writes lines above the moving ones.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn say(&mut self, text: &str) -> io::Result<()> {
        let out = &mut self.out;
        self.live.suspended(|| {
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")?;
            out.flush()
        })
    }

    fn started(&mut self, run: &RunStarted) -> io::Result<()> {
        let cases = match run.cases.len() {
            1 => "1 case".to_owned(),
            n => format!("{n} cases"),
        };
        let order = run.seed.map(|seed| format!(", shuffled with --seed {seed}")).unwrap_or_default();
        self.say(&format!("run {}: {cases} on the {} backend{order}", run.run, run.backend))
    }

    fn finished(&mut self, finished: &ReplayFinished) -> io::Result<()> {
        self.live.end(&finished.case.0);
        let because = match reason(finished.issue.as_deref(), first_line(&finished.because)) {
            because if because.is_empty() => because,
            because => style::dim(&format!("  {because}")),
        };
        let took = style::dim(&style::seconds(finished.took_ms));
        self.say(&format!("{} {took} {}{because}", style::badge(finished.verdict), finished.case))?;
        let failures = self.failures.remove(&finished.case).unwrap_or_default();
        if matches!(finished.verdict, Verdict::Failed | Verdict::Broken) {
            for failed in failures {
                let step = failed.step.to_string();
                let text = failure::render(&failed.failure, Some(&step), &finished.reproduce);
                self.say(&text)?;
            }
        }
        Ok(())
    }

    fn summary(&mut self, summary: &Summary, took_ms: u64) -> io::Result<()> {
        self.live.clear();
        let mut text = String::from("\n");
        for named in &summary.named {
            let because = style::dim(&reason(named.issue.as_deref(), first_line(&named.because)));
            text += &format!("{} {}  {because}\n", style::badge(named.verdict), named.case);
        }
        for Missing { capability, reason } in &summary.missing {
            text += &format!("{} {capability}: {reason}\n", style::dim("not here"));
        }
        for not_run in &summary.not_run {
            text += &format!("{} {not_run}\n", style::dim(" not run"));
        }
        for leftover in &summary.leftovers {
            text += &format!("{} {leftover}\n", style::actual("left over"));
        }
        let took = style::seconds(took_ms);
        text += &format!("{}  {}", style::heading(&summary.to_string()), style::dim(took.trim()));
        self.say(&text)
    }
}

impl<W: Write + Send> Reporter for Terminal<W> {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        match &event.event {
            RunEvent::RunStarted(run) => self.started(run),
            RunEvent::Note { text } => self.say(&style::dim(&format!("note: {text}"))),
            RunEvent::Progress { text } => {
                self.progress(text);
                Ok(())
            }
            RunEvent::WorldBooting { world, topology } => {
                self.live.begin(world, &format!("{topology} boots"));
                Ok(())
            }
            RunEvent::ServiceReady { world, service, .. } => {
                self.live.step(world, &format!("{service} is ready"));
                Ok(())
            }
            // A world that never became ready goes down, too.
            RunEvent::WorldReady { world, .. } | RunEvent::WorldDown { world, .. } => {
                self.live.end(world);
                Ok(())
            }
            RunEvent::WorldFailed { world, failure, .. } => {
                self.live.end(world);
                let text = failure::render(failure, None, "cargo harness up");
                self.say(&format!("{} world {world}\n{text}", style::badge(Verdict::Broken)))
            }
            RunEvent::LedgerOpened(_)
            | RunEvent::TopologyOpened(_)
            | RunEvent::WorldTaken { .. }
            | RunEvent::ExchangeRecorded { .. }
            | RunEvent::ServicesLogged { .. }
            | RunEvent::StepJudged { .. }
            | RunEvent::StepPassed { .. } => Ok(()),
            RunEvent::ReplayStarted(started) => {
                self.live.end(PROGRESS);
                self.live.begin(&started.case.0, &started.case.0);
                Ok(())
            }
            RunEvent::StepStarted { case, step } => {
                self.live.step(&case.0, &step.to_string());
                Ok(())
            }
            RunEvent::StepFailed { case, step, failure, .. }
            | RunEvent::StepBroken { case, step, failure, .. } => {
                let failed = FailedAt { step: step.clone(), failure: failure.as_ref().clone() };
                self.failures.entry(case.clone()).or_default().push(failed);
                Ok(())
            }
            RunEvent::ReplayFinished(finished) => self.finished(finished),
            RunEvent::RunFinished { took_ms, summary } => self.summary(summary, *took_ms),
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        self.live.clear();
        self.out.flush()
    }
}
