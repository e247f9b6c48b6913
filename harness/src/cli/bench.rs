//! `harness bench`: the budgets, measured beside their peers.

use std::path::PathBuf;

use harness_model::verdict::Exit;

use super::CliError;
use crate::bench::{BenchError, Line, Plan, table};
use crate::project::Project;
use crate::world::WorldError;
use crate::{errln, outln};

/// Measures what the harness costs, in turns with a peer: medians and ratios of one run.
///
/// Requests are measured beside Hurl where it is installed, worlds beside two Postgres servers that are
/// initialised and started. Use a release build: `cargo run --release --bin harness -- bench`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness bench                                     every line
  harness bench fresh cold --rounds 9               two lines, more turns
  harness bench --save docs/performance.md          also into the page, between its marks")]
pub(super) struct Args {
    /// Lines to measure; all by default.
    #[arg(value_enum, value_name = "LINE")]
    lines: Vec<Line>,
    /// Turns per line, after one that warms up.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// A page whose table is replaced.
    #[arg(long, value_name = "PAGE")]
    save: Option<PathBuf>,
}

pub(super) async fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let program = std::env::current_exe().map_err(CliError::io("cannot find this program"))?;
    let plan = Plan { project: project.clone(), program, rounds: usize::from(args.rounds) };
    let lines = if args.lines.is_empty() { Line::ALL.to_vec() } else { args.lines.clone() };
    let taken = taken(plan.rounds);
    outln!("{taken}");
    let (mut all, mut absent) = (Vec::new(), Vec::new());
    for line in lines {
        errln!("measuring: {}", line.what());
        match line.measure(&plan).await {
            Ok(measured) => {
                outln!("{}", table::line(&measured));
                all.push(measured);
            }
            // What this machine lacks is told, and the other lines still have their figures.
            Err(BenchError::World(lacking @ WorldError::Prerequisite { .. })) => {
                let told = format!("{}: not measured: {lacking}", line.what());
                outln!("{told}");
                absent.push(told);
            }
            Err(error) => return Err(error.into()),
        }
    }
    if let Some(page) = &args.save {
        save(page, &table::markdown(&all, &absent, &taken))?;
    }
    Ok(Exit::Green)
}

/// When, on what, and how often: figures without these mean nothing.
fn taken(rounds: usize) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let day = chrono::Utc::now().format("%Y-%m-%d");
    format!("{day}, {cores} cores, {build} build, medians of {rounds} turns each, taken in turns.")
}

fn save(page: &PathBuf, table: &str) -> Result<(), CliError> {
    let text =
        std::fs::read_to_string(page).map_err(CliError::io(format!("cannot read {}", page.display())))?;
    let text = table::into_page(&text, table).ok_or_else(|| {
        let marks =
            "put the lines `<!-- harness bench: from here -->` and `<!-- harness bench: to here -->` into it";
        CliError::usage(format!("{} has no place for the table", page.display()), marks)
    })?;
    std::fs::write(page, text).map_err(CliError::io(format!("cannot write {}", page.display())))
}

impl From<BenchError> for CliError {
    fn from(error: BenchError) -> Self {
        match error {
            BenchError::Io { what, source } => CliError::Io { what: format!("cannot {what}"), source },
            BenchError::World(error) => Self::from(error),
            BenchError::Files(findings) => {
                CliError::Files { what: "the project's files have errors".into(), findings }
            }
            BenchError::Red { .. } => CliError::usage(error.to_string(), "run that command by hand"),
        }
    }
}
