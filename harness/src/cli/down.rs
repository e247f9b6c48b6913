//! `harness down`: ends what runs and checks that nothing is left.

use harness_model::verdict::Exit;

use super::CliError;
use crate::outln;
use crate::project::Project;
use crate::world::{self, Options, lease};

/// Ends the world of `harness up` and checks that nothing is left.
///
/// With --all it ends every run of this project, also those whose harness was killed, and sweeps up what they
/// left: processes, ports, databases, folders. Exits with 4 when something cannot be removed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  harness down\n  harness down --all")]
pub(super) struct Args {
    /// Every run of this project.
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let options = Options::from_env(project.root())?;
    let was_up = lease::down(&options).await?;
    if was_up {
        outln!("the world is down");
    }
    let ended = if args.all { world::down_all(&options).await?.runs } else { Vec::new() };
    for run in &ended {
        outln!("ended {run}");
    }
    if !was_up && ended.is_empty() {
        outln!("nothing was up");
    }
    Ok(Exit::Green)
}
