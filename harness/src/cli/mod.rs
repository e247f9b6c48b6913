//! The command line: one file per command, each with its arguments, its help and what it does.
//!
//! A command returns the [`Exit`] that the run earned, or a [`CliError`] with a cause and a fix. Only `main`
//! turns either into a process exit code.

mod choose;
mod completions;
mod down;
mod env;
mod error;
mod interrupt;
mod lint;
mod list;
mod new;
mod run;
mod schema;
mod seed;
mod up;
mod verify_sha;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Parser, Subcommand};
use harness_model::topology::Topology;
use harness_model::verdict::Exit;

pub use error::CliError;

use crate::project::Project;
use crate::runner::load::Loader;

/// Judges declarative replays of production bugs in production-shape worlds.
#[derive(Debug, Parser)]
#[command(name = "harness", version, propagate_version = true, after_help = AFTER_HELP)]
pub struct Cli {
    /// The project's folder; by default the nearest one above the current folder.
    #[arg(long, global = true, value_name = "DIR", env = "HARNESS_PROJECT")]
    project: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes:
  0  all green
  1  a case failed, passed against expectation, or its xfail entry has expired
  2  wrong usage, or something this machine lacks
  3  the topology was not healthy in time
  4  something was left behind after teardown
  5  nothing failed, but a case could not be judged

Environment:
  KEEP_UP=1      leave the world running at the end (refused in CI)
  REBUILD=1      build programs anew and forget cached database clusters
  BASE, ALPHA_HOST, BETA_HOST
                 the edge's address and the tenants' hosts, where they differ from the defaults";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    List(list::Args),
    Up(up::Args),
    Seed(seed::Args),
    Down(down::Args),
    New(new::Args),
    Lint(lint::Args),
    Schema(schema::Args),
    Env(env::Args),
    VerifySha(verify_sha::Args),
    Completions(completions::Args),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// When the command could not do its work; the error knows its exit code.
    pub async fn run(self) -> Result<Exit, CliError> {
        let project = || project(self.project.as_deref());
        match self.command {
            Command::Run(args) => run::run(args, &project()?).await,
            Command::Up(args) => up::run(&args, &project()?).await,
            Command::Seed(args) => seed::run(&args, &project()?).await,
            Command::Down(args) => down::run(&args, &project()?).await,
            Command::List(args) => list::run(&args, &project()?),
            Command::Lint(args) => lint::run(&args, &project()?),
            Command::New(args) => new::run(&args, &project()?),
            Command::Schema(args) => schema::run(&args, &project()?),
            Command::Env(args) => env::run(&args, &project()?),
            Command::VerifySha(args) => verify_sha::run(args).await,
            Command::Completions(args) => Ok(completions::run(args)),
        }
    }
}

fn project(named: Option<&Path>) -> Result<Project, CliError> {
    match named {
        Some(root) => Ok(Project::at(root)),
        None => {
            let here = std::env::current_dir().map_err(CliError::io("cannot read the current folder"))?;
            Ok(Project::find(&here)?)
        }
    }
}

/// A topology of the project by name.
fn topology(project: &Project, name: &str) -> Result<Arc<Topology>, CliError> {
    Loader::new(project.clone()).topology(name).map_err(|findings| CliError::Files {
        what: format!("the topology `{name}` cannot be used"),
        findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
