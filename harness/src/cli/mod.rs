//! The command line: one file per command, each with its arguments, its help and what it does.
//!
//! A command returns the [`Exit`] that the run earned, or a [`CliError`] with a cause and a fix. Only `main`
//! turns either into a process exit code.

mod backend;
mod bench;
mod choose;
mod complete;
mod completions;
mod diff;
mod down;
mod env;
mod error;
mod explain;
mod images;
mod interrupt;
mod judge;
mod ledger;
mod lint;
mod list;
mod new;
mod past;
mod prove;
mod run;
mod schema;
mod seed;
mod show;
mod shown;
mod stress;
mod up;
mod verify_sha;
mod watch;
mod witness;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use harness_model::topology::Topology;
use harness_model::verdict::Exit;

pub use complete::answer_shell;
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
  REBUILD=1      build programs and images anew and forget cached database clusters
  NO_BUILD=1     use the images that are there; a stale one is refused
  BASE, ALPHA_HOST, BETA_HOST
                 the edge's address and the tenants' hosts, where they differ from the defaults";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Args),
    Witness(witness::Args),
    Stress(stress::Args),
    Watch(watch::Args),
    List(list::Args),
    Up(up::Args),
    Seed(seed::Args),
    Down(down::Args),
    Images(images::Args),
    New(new::Args),
    Lint(lint::Args),
    Ledger(ledger::Args),
    Show(show::Args),
    Diff(diff::Args),
    Judge(judge::Args),
    Explain(explain::Args),
    Prove(prove::Args),
    Schema(schema::Args),
    Env(env::Args),
    VerifySha(verify_sha::Args),
    Bench(bench::Args),
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
            Command::Witness(args) => witness::run(args, &project()?).await,
            Command::Stress(args) => stress::run(args, &project()?).await,
            Command::Watch(args) => watch::run(args, &project()?).await,
            Command::Up(args) => up::run(&args, &project()?).await,
            Command::Seed(args) => seed::run(&args, &project()?).await,
            Command::Down(args) => down::run(&args, &project()?).await,
            Command::Images(args) => images::run(&args, &project()?).await,
            Command::List(args) => list::run(&args, &project()?),
            Command::Lint(args) => lint::run(&args, &project()?),
            Command::Ledger(args) => ledger::run(&args, &project()?),
            Command::Prove(args) => prove::run(args, &project()?).await,
            Command::Show(args) => show::run(&args, &project()?),
            Command::Diff(args) => diff::run(&args, &project()?),
            Command::Judge(args) => judge::run(&args, &project()?),
            Command::New(args) => new::run(&args, &project()?),
            Command::Explain(args) => explain::run(&args),
            Command::Schema(args) => schema::run(&args, &project()?),
            Command::Env(args) => env::run(&args, &project()?),
            Command::VerifySha(args) => verify_sha::run(args).await,
            Command::Bench(args) => bench::run(&args, &project()?).await,
            Command::Completions(args) => completions::run(&args),
        }
    }
}

/// Turns what a command earned into the exit code of the process, and tells why it could not do its work.
#[must_use]
pub fn end(earned: Result<Exit, CliError>) -> ExitCode {
    let earned = earned.and_then(|exit| {
        crate::out::written().map(|()| exit).map_err(CliError::io("cannot write to standard output"))
    });
    let exit = earned.unwrap_or_else(|error| {
        let exit = error.exit();
        crate::errln!("{:?}", miette::Report::new(error));
        exit
    });
    ExitCode::from(exit.code())
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

    /// A page that shows a command which is none would teach it.
    #[test]
    fn every_command_of_the_documentation_is_one() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let docs = std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
        let mut shown = 0;
        for page in docs
            .filter(|path| path.extension().is_some_and(|ext| ext == "md"))
            .chain([root.join("README.md")])
        {
            let text = std::fs::read_to_string(&page).unwrap();
            for line in text.lines().filter_map(|line| line.strip_prefix("cargo harness ")) {
                let line = line.split(" #").next().unwrap_or_default();
                let words = line.split_whitespace().map(|word| word.trim_matches(['\'', '"']));
                let parsed = Cli::try_parse_from(["harness"].into_iter().chain(words));
                assert!(parsed.is_ok(), "{}: {line}: {}", page.display(), parsed.unwrap_err());
                shown += 1;
            }
        }
        assert!(shown > 5, "{shown} commands");
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }
}
