//! `harness stress`: one case many times, under noise.

use std::sync::Arc;

use harness_model::verdict::Exit;
use tokio_util::sync::CancellationToken;

use super::choose::Choose;
use super::shown::Shown;
use super::{CliError, interrupt};
use crate::project::Project;
use crate::runner::hub::Hub;
use crate::runner::load::{Loaded, Ready};
use crate::runner::suite::Suite;
use crate::stress::{report, run};
use crate::world::Options;

/// Runs one case many times and tells how often it was red, with a 95 % interval.
///
/// Each run has a world of its own, unless the case shares one. Nothing is retried, and the list of expected
/// failures is not asked.
///
/// Exits with 1 when any run was red; 5 when one broke or the stress was interrupted; 2 when this machine lacks what
/// the case needs, so that no run could be made; 4 when something was left behind; 0 when every run was green.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness stress shared-redis-no-bleed --times 40
  harness stress shared-redis-no-bleed --times 40 --noise
                                   with busy processors, and services some milliseconds apart")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    /// How many runs.
    #[arg(long, short = 'n', default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// Make noise: processors busy in bursts, services some milliseconds apart.
    #[arg(long)]
    noise: bool,
    /// At most so many runs at once; by default as many as the machine carries.
    #[arg(long, short, value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let stop = CancellationToken::new();
    interrupt::cancels(&stop);
    let shown = Shown::default();
    let options =
        Options { progress: shown.progress(), keep_up: false, ..Options::from_env(project.root())? };
    let suite = Arc::new(Suite::open(project, options, Arc::new(Hub::new(Vec::new())), stop));
    let case = only(&args, project, &suite)?;
    let (name, noise) = (case.id.to_string(), if args.noise { " --noise" } else { "" });
    let again = format!("cargo harness stress --exact '{name}' --times {}{noise}", args.times);
    let request =
        run::Request { case, times: args.times, noise: args.noise, jobs: args.jobs.map(usize::from) };
    let counted = run::run(&suite, request, |told| {
        shown.note(&format!("run {} of {}", told.number, args.times));
        if let Some(text) = report::told(told, &again) {
            shown.say(&text);
        }
    });
    let counted = counted.await;
    shown.say(&report::summary(&name, &counted));
    shown.written()?;
    Ok(counted.exit())
}

/// The one case that was chosen.
fn only(args: &Args, project: &Project, suite: &Suite) -> Result<Ready, CliError> {
    let mut cases = args.choose.cases(project)?.cases;
    let (Some(case), true) = (cases.pop(), cases.is_empty()) else {
        let what = format!("{} cases fit; a stress is about one", cases.len() + 1);
        return Err(CliError::usage(what, "name one: harness stress --exact 'replay::AREA::NAME'"));
    };
    match suite.loader.load(&case) {
        Loaded::Replay(ready) => Ok(*ready),
        Loaded::Golden { .. } => {
            Err(CliError::usage("a vector is compared byte for byte", "choose a replay or a corpus entry"))
        }
        Loaded::Wrong(findings) => {
            Err(CliError::Files { what: format!("`{}` cannot be read", case.id), findings })
        }
    }
}
