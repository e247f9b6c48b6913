//! `harness run`: judges replays, corpora and goldens.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::verdict::Exit;
use tokio_util::sync::CancellationToken;

use super::choose::Choose;
use super::{CliError, interrupt};
use crate::project::Project;
use crate::report::json::Json;
use crate::report::junit::Junit;
use crate::report::log::RunLog;
use crate::report::{Reporter, terminal};
use crate::runner::hub::Hub;
use crate::runner::run::{self, Request};
use crate::runner::runs;
use crate::runner::suite::Suite;
use crate::world::{Options, Progress};

/// Judges replays, corpora and goldens in fresh worlds, and takes every world down again.
///
/// Without FILTER it runs everything. A failing case never stops the others. Every file is read and checked
/// before anything starts; a file with errors is a case that fails.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness run                                      everything
  harness run tenant-isolation                     cases with this in their name
  harness run --exact canary-smoke-a2a-pong        this replay, all its rows
  harness run --report junit=out/junit.xml,json=out/run.json
  harness run --shuffle                            another order; the seed is printed
  harness run --shuffle --seed 4711                that order again
  KEEP_UP=1 harness run chat-history               the world of the first red case stays up for a look")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    /// What carries the worlds.
    #[arg(long, value_enum, default_value_t = Backend::Process)]
    backend: Backend,
    /// Reports to write, as in `junit=PATH,json=PATH`.
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',')]
    report: Vec<Report>,
    /// Run in a random order; the default where CI is set.
    #[arg(long)]
    shuffle: bool,
    /// The seed of that order.
    #[arg(long)]
    seed: Option<u64>,
    /// At most so many cases at once; by default as many as the machine carries.
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

/// What carries the worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Backend {
    /// Child processes of this machine.
    Process,
}

impl Backend {
    fn name(self) -> &'static str {
        match self {
            Backend::Process => "process",
        }
    }
}

/// A report and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Report {
    Junit(PathBuf),
    Json(PathBuf),
}

impl std::str::FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some(("junit", path)) if !path.is_empty() => Ok(Report::Junit(path.into())),
            Some(("json", path)) if !path.is_empty() => Ok(Report::Json(path.into())),
            _ => Err("expected junit=PATH or json=PATH".into()),
        }
    }
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let chosen = args.choose.cases(project)?;
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let options = Options::from_env(project.root());
    if options.keep_up && ci {
        return Err(CliError::usage("KEEP_UP=1 makes no sense in CI", "unset KEEP_UP"));
    }
    let name = runs::name(chrono::Utc::now());
    let log = runs::log(project, &name).map_err(CliError::io("cannot make room for the run's log"))?;
    let hub = Arc::new(Hub::new(reporters(&args.report, &log)?));
    let stop = CancellationToken::new();
    interrupt::cancels(&stop);
    let told = Arc::clone(&hub);
    let progress = Progress::to(move |text| told.emit(RunEvent::Progress { text: text.into() }));
    let suite = Suite::open(project, Options { progress, ..options }, Arc::clone(&hub), stop);
    let request = Request {
        run: name,
        backend: args.backend.name(),
        cases: chosen.cases,
        seed: args.seed.or_else(|| (args.shuffle || ci).then(|| u64::from(rand::random::<u32>()))),
        jobs: args.jobs.map(usize::from),
        left_out: chosen.left_out,
    };
    let summary = run::run(&Arc::new(suite), request).await;
    hub.finish().map_err(CliError::io("a report could not be written"))?;
    eprintln!("log {}", project.shown(&log));
    Ok(summary.exit())
}

fn reporters(wanted: &[Report], log: &Path) -> Result<Vec<Box<dyn Reporter>>, CliError> {
    let log = RunLog::create(log).map_err(CliError::io("cannot write the run's log"))?;
    let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(log), Box::new(terminal::stdout())];
    for report in wanted {
        reporters.push(match report {
            Report::Junit(path) => Box::new(Junit::to(path.clone())),
            Report::Json(path) => Box::new(Json::to(path.clone())),
        });
    }
    Ok(reporters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_kind_and_a_path() {
        assert_eq!("junit=out/x.xml".parse(), Ok(Report::Junit("out/x.xml".into())));
        assert_eq!("json=x".parse(), Ok(Report::Json("x".into())));
        for wrong in ["junit", "junit=", "html=x", ""] {
            assert!(wrong.parse::<Report>().is_err(), "{wrong}");
        }
    }
}
