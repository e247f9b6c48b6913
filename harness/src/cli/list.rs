//! `harness list`: the names of the cases. Starts nothing.

use std::io;

use harness_model::verdict::Exit;

use super::CliError;
use super::choose::Choose;
use crate::project::Project;

/// Lists the cases: replays with the rows of their matrix, corpus entries, goldens.
///
/// Starts nothing and judges nothing. The names are those that `harness run`, `cargo test` and nextest take.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness list                    every case
  harness list isolation          cases with `isolation` in their name
  harness list --tag canary       cases with a tag")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let chosen = args.choose.cases(project)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let write = |out: &mut dyn io::Write| -> io::Result<()> {
        for case in &chosen.cases {
            writeln!(out, "{}", case.id)?;
        }
        out.flush()
    };
    match write(&mut out) {
        // Whoever reads has had enough, as in `harness list | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Exit::Green),
        written => written.map(|()| Exit::Green).map_err(CliError::io("cannot write the list")),
    }
}
