//! `harness witness`: every bug is brought back, and its replay must turn red.

use std::sync::Arc;
use std::time::Instant;

use harness_model::verdict::Exit;
use tokio_util::sync::CancellationToken;

use super::choose::Choose;
use super::shown::Shown;
use super::{CliError, interrupt};
use crate::project::Project;
use crate::runner::hub::Hub;
use crate::runner::suite::Suite;
use crate::witness::plan::Plan;
use crate::witness::{report, run};
use crate::world::Options;

/// Brings each bug back that a replay is about, and demands that the replay turns red where its witness says.
///
/// Every chosen replay also runs once without any bug and must be green. A bug that nobody notices, that shows
/// somewhere else, or that breaks the world proves nothing. The first bug that is compiled in builds a second
/// flavour of its program; later runs find it in the cache.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness witness                       all bugs of all replays
  harness witness tenant-isolation      those of one replay
  harness witness corpus:: --every-entry
                                        with every entry of the corpus, not one per class

A line per trial:
  green          the replay without the bug
  red            the bug was there, and the replay saw it at its step: proven
  STAYED GREEN   the bug was there, and no step noticed
  RED ELSEWHERE  another step turned red, or the step said something else
  BROKE          nothing could be judged
  NOT GREEN      the replay is red without the bug
  NO WITNESS     nobody has seen the replay red")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    /// Try every entry of a corpus, not one per class.
    #[arg(long)]
    every_entry: bool,
    /// At most so many trials at once; by default as many as the machine carries.
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let chosen = args.choose.cases(project)?;
    let stop = CancellationToken::new();
    interrupt::cancels(&stop);
    let shown = Shown::default();
    let options =
        Options { progress: shown.progress(), keep_up: false, ..Options::from_env(project.root())? };
    let suite = Arc::new(Suite::open(project, options, Arc::new(Hub::new(Vec::new())), stop));
    let plan = Plan::of(&suite.loader, chosen.cases, args.every_entry);
    let cases = plan.cases();
    report::beforehand(&plan).iter().for_each(|text| shown.say(text));
    let begun = Instant::now();
    let sum = run::run(&suite, plan, args.jobs.map(usize::from), |told| shown.say(&report::told(told))).await;
    shown.say(&report::summary(&sum, cases, begun.elapsed()));
    shown.written()?;
    Ok(sum.exit())
}
