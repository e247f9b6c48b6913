//! `harness`: runs replays against production-shape worlds.

use std::process::ExitCode;

use clap::Parser as _;
use harness::cli::{self, Cli};

fn main() -> ExitCode {
    harness::intercept();
    harness::install_tls();
    cli::answer_shell();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            harness::errln!("cannot start the runtime: {error}");
            return ExitCode::from(2);
        }
    };
    cli::end(runtime.block_on(cli.run()))
}
