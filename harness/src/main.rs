//! `harness`: runs replays against production-shape worlds.

use std::process::ExitCode;

use clap::Parser as _;
use harness::cli::Cli;

fn main() -> ExitCode {
    harness::intercept();
    harness::install_tls();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("cannot start the runtime: {error}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(cli.run()) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            let exit = error.exit();
            eprintln!("{:?}", miette::Report::new(error));
            ExitCode::from(exit.code())
        }
    }
}
