//! `harness completions`: completion scripts for shells.

use clap::CommandFactory as _;
use clap_complete::Shell;
use harness_model::verdict::Exit;

/// Prints a completion script for a shell.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  harness completions bash > ~/.local/share/bash-completion/completions/harness"
)]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: Args) -> Exit {
    clap_complete::generate(args.shell, &mut super::Cli::command(), "harness", &mut std::io::stdout());
    Exit::Green
}
