//! `workspace-server`: the multi-tenant workspace server for AI agents.

use std::{io::IsTerminal, process::ExitCode};

use clap::{Parser, Subcommand};
use server::{boot, build_info};
use server_app::config::{Environment, knobs};

/// Serves the workspace API until it is told to stop.
#[derive(Parser)]
#[command(name = "workspace-server", version = build_info::version(), about)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Prints every environment variable the server reads, with default and meaning.
    Env {
        /// As JSON, for tools.
        #[arg(long)]
        json: bool,
    },
}

/// The engine's client logs whole requests, an agent's secrets among them.
const NEVER_LOGGED: &str = "bollard=info";

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().command {
        Some(Command::Env { json }) => {
            print_knobs(json);
            ExitCode::SUCCESS
        }
        None => serve().await,
    }
}

async fn serve() -> ExitCode {
    let env = Environment::from_process();
    let filter = env.get(knobs::RUST_LOG.name).or(knobs::RUST_LOG.default).unwrap_or("info");
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(format!("{filter},{NEVER_LOGGED}")))
        .with_ansi(std::io::stdout().is_terminal())
        .init();
    match boot::run(env).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report(&error);
            ExitCode::FAILURE
        }
    }
}

/// The whole chain of causes, once.
fn report(error: &dyn std::error::Error) {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    let chain: Vec<String> =
        std::iter::once(error.to_string()).chain(causes.map(ToString::to_string)).collect();
    tracing::error!("{}", chain.join(": "));
}

#[allow(clippy::print_stdout, reason = "the output is what the command is for")]
fn print_knobs(json: bool) {
    if json {
        let table: Vec<_> = knobs::ALL.iter().map(knobs::Knob::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&table).expect("a table of plain values"));
        return;
    }
    for knob in knobs::ALL {
        println!("{:<36} {:<12} {}", knob.name, knob.default.unwrap_or("-"), knob.reason);
    }
}
