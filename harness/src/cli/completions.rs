//! `harness completions`: completion scripts for shells.

use clap_complete::Shell;
use clap_complete::env::Shells;
use harness_model::verdict::Exit;

use super::CliError;
use super::complete::VARIABLE;
use crate::out;

/// Prints a completion script for a shell.
///
/// The script asks this program while a line is typed: names of replays, tags, areas, issues and kept runs are
/// completed as they are at that moment, besides commands, options and files.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  source <(harness completions bash)                  in ~/.bashrc; the same with zsh in ~/.zshrc
  harness completions fish | source                   in ~/.config/fish/config.fish")]
pub(super) struct Args {
    /// The shell.
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Exit, CliError> {
    let shells = Shells::builtins();
    let name = args.shell.to_string();
    let Some(shell) = shells.completer(&name) else {
        let known: Vec<_> = shells.names().collect();
        return Err(CliError::usage(
            format!("no completion for {name}"),
            format!("shells: {}", known.join(", ")),
        ));
    };
    let own = std::env::current_exe().map_err(CliError::io("cannot find the path of this program"))?;
    let written =
        shell.write_registration(VARIABLE, "harness", "harness", &own.to_string_lossy(), &mut out::stdout());
    written.map(|()| Exit::Green).map_err(CliError::io("cannot write the script"))
}
