//! `harness run`: judges replays, corpora and goldens.

use std::path::PathBuf;
use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::verdict::Exit;
use tokio_util::sync::CancellationToken;

use super::backend::Carrier;
use super::choose::Choose;
use super::{CliError, interrupt};
use crate::errln;
use crate::project::Project;
use crate::report::github::Github;
use crate::report::log::RunLog;
use crate::report::target::{Kind, Target};
use crate::report::{Reporter, terminal};
use crate::runner::hub::Hub;
use crate::runner::lodging::Lodging;
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
  harness run replays/a2a/x.yaml:14                the replay at that line; a part runs all that use it
  harness run --closes 2863                        replays that close an issue
  harness run --last-failed                        what was not green in the last run
  harness run --report html=out/run.html,junit=out/junit.xml
  harness run --log out/run.jsonl                  the log where it is wanted; `harness show` and `diff` read it
  harness run --backend docker                     the same in containers
  harness run --shuffle                            another order; the seed is printed
  harness run --shuffle --seed 4711                that order again
  KEEP_UP=1 harness run chat-history               the world of the first red case stays up for a look
  harness up && harness seed && harness run --kept --area a2a
                                                   in the world that is up, as often as one likes")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    #[command(flatten)]
    carrier: Carrier,
    /// Reports to write: `html=PATH`, `junit=PATH`, `json=PATH`, `tap=PATH`, `github=PATH`; several with commas.
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',')]
    report: Vec<Target>,
    /// Write the run's log to this file, too; the last runs are kept below .harness/runs in any case.
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
    /// Run in a random order; the default where CI is set.
    #[arg(long)]
    shuffle: bool,
    /// The seed of that order.
    #[arg(long)]
    seed: Option<u64>,
    /// At most so many cases at once; by default as many as the machine carries.
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "kept")]
    jobs: Option<u16>,
    /// Judge what only reads (`world: shared`) in the world that `harness up` or KEEP_UP=1 keeps, one case after
    /// another, on its backend. A case that needs a fresh world gets one, as always.
    #[arg(long)]
    kept: bool,
}

/// Runs cases as the command does without options.
pub(super) async fn plainly(choose: Choose, carrier: Carrier, project: &Project) -> Result<Exit, CliError> {
    let (report, log) = (Vec::new(), None);
    run(Args { choose, carrier, report, log, shuffle: false, seed: None, jobs: None, kept: false }, project)
        .await
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let chosen = args.choose.cases(project)?;
    let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
    let options = Options { backend: args.carrier.backend, ..Options::from_env(project.root())? };
    if options.keep_up && ci {
        return Err(CliError::usage("KEEP_UP=1 makes no sense in CI", "unset KEEP_UP"));
    }
    let lodging = if args.kept { Some(Lodging::open(&options).await?) } else { None };
    let backend = lodging.as_ref().map_or(options.backend, Lodging::backend);
    // A kept world stays up by itself; a second one nobody could offer.
    let options = Options { backend, keep_up: options.keep_up && lodging.is_none(), ..options };
    let name = runs::name(chrono::Utc::now());
    let log = runs::log(project, &name).map_err(CliError::io("cannot make room for the run's log"))?;
    let logs: Vec<_> = std::iter::once(log.clone()).chain(args.log).collect();
    let hub = Arc::new(Hub::new(reporters(&args.report, &logs)?));
    let stop = CancellationToken::new();
    interrupt::cancels(&stop);
    let told = Arc::clone(&hub);
    let progress = Progress::to(move |text| told.emit(RunEvent::Progress { text: text.into() }));
    let mut suite = Suite::open(project, Options { progress, ..options }, Arc::clone(&hub), stop);
    suite.artifacts = Some(log.with_extension(""));
    suite.lodging = lodging;
    let request = Request {
        run: name,
        backend: backend.word(),
        cases: chosen.cases,
        seed: args.seed.or_else(|| (args.shuffle || ci).then(|| u64::from(rand::random::<u32>()))),
        jobs: if args.kept { Some(1) } else { args.jobs.map(usize::from) },
        left_out: chosen.left_out,
    };
    let suite = Arc::new(suite);
    let summary = run::run(&suite, request).await;
    hub.finish().map_err(CliError::io("a report could not be written"))?;
    logs.iter().for_each(|log| errln!("log {}", project.shown(log)));
    match summary.exit() {
        // What this machine lacks is nothing that a case could be judged by.
        Exit::Broken if suite.stages.refused() => Ok(Exit::Usage),
        exit => Ok(exit),
    }
}

fn reporters(wanted: &[Target], logs: &[PathBuf]) -> Result<Vec<Box<dyn Reporter>>, CliError> {
    let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(terminal::stdout())];
    for path in logs {
        let what = format!("cannot write the run's log {}", path.display());
        reporters.push(Box::new(RunLog::create(path).map_err(CliError::io(what))?));
    }
    reporters.extend(wanted.iter().map(Target::open));
    if !wanted.iter().any(|target| target.kind == Kind::Github)
        && let Some(github) = Github::from_env(|name| std::env::var(name).ok())
    {
        reporters.push(Box::new(github));
    }
    Ok(reporters)
}
