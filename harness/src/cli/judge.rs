//! `harness judge`: the verdicts of a run again, by today's files, without a world.

use harness_model::verdict::Exit;

use super::choose::Choose;
use super::past::{Past, draw};
use super::{CliError, complete};
use crate::outln;
use crate::project::Project;
use crate::report::target::Target;
use crate::report::{Reporter, terminal};
use crate::runner::discover;
use crate::runner::load::Loader;
use crate::runner::suite;
use crate::timemachine::judge::{Bench, Change};

/// Judges a run again by today's replay files, from its log alone.
///
/// The log holds by what every step was judged, so an expectation can be written, tried and corrected without
/// a world. Steps that are new since the run are named: there is no record to judge them by.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness judge                                 the last run
  harness judge last tenant-isolation           one replay of it, after its matchers were edited
  harness judge out/ci.jsonl --same             a log from elsewhere; red when any verdict differs")]
pub(super) struct Args {
    /// `last`, `last~1`, the name of a kept run, or a log file.
    #[arg(value_name = "RUN", default_value = "last", add = complete::past_runs())]
    run: String,
    #[command(flatten)]
    choose: Choose,
    /// Succeed when every verdict is the recorded one, whatever it is, and fail when one differs.
    #[arg(long)]
    same: bool,
    /// Reports to write, as `harness run` takes them.
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',')]
    report: Vec<Target>,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let past = Past::open(project, &args.run)?;
    let loader = Loader::new(project.clone());
    let bench = Bench {
        cases: discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?,
        xfail: suite::xfail_list(project),
        today: chrono::Utc::now().date_naive(),
        loader: &loader,
    };
    let filter = args.choose.filter();
    let rejudged = bench.judge(&past.events, &|case| filter.wants_named(case, &bench.cases));
    let judged = rejudged.summary.of_all();
    if judged == 0 {
        return Err(CliError::usage(
            format!("{} holds no verdict of such a case", project.shown(&past.path)),
            "`harness show` prints what the log holds",
        ));
    }
    let mut reporters: Vec<Box<dyn Reporter>> = vec![Box::new(terminal::stdout())];
    reporters.extend(args.report.iter().map(Target::open));
    draw(&rejudged.events, reporters)?;
    for Change { case, then, now } in &rejudged.changes {
        outln!("changed {case}: {} then, {} now", then.word(), now.word());
    }
    outln!("{} of {judged} verdicts as recorded", judged as usize - rejudged.changes.len());
    match (args.same, rejudged.changes.is_empty()) {
        (true, true) => Ok(Exit::Green),
        (true, false) => Ok(Exit::Red),
        (false, _) => Ok(rejudged.summary.exit()),
    }
}
