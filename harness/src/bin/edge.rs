//! `edge`: the Cloudflare-like edge as a program of its own.

use std::process::ExitCode;

use clap::Parser;
use harness::edge::{Config, ConfigError, Edge, config};
use harness::world::LogBook;
use tokio::net::TcpListener;

/// Digest of the sources this program was built from, or `unknown`.
const BUILD: &str = match option_env!("HARNESS_DIGEST") {
    Some(digest) => digest,
    None => "unknown",
};

/// Routes requests by `Host` to tenants, with the habits of production's edge.
///
/// Timeouts come from `EDGE_CONNECT_TIMEOUT_MS`, `EDGE_READ_TIMEOUT_MS` and `EDGE_WS_IDLE_MS`.
#[derive(Parser)]
#[command(name = "edge", version)]
struct Args {
    /// `address:port`, or `:port` for every address.
    #[arg(long, env = "EDGE_LISTEN", default_value = ":8080")]
    listen: String,
    /// `host=address:port`; may be given several times, or once with commas.
    #[arg(long = "route", env = "EDGE_ROUTES", value_delimiter = ',', required = true)]
    routes: Vec<String>,
    /// A path where WebSockets are let through; `*` is one segment.
    #[arg(long = "websocket", env = "EDGE_WEBSOCKETS", value_delimiter = ',')]
    websockets: Vec<String>,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let config = match configuration(&args) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("edge: {error}");
            return ExitCode::from(2);
        }
    };
    let address = match args.listen.strip_prefix(':') {
        Some(port) => format!("[::]:{port}"),
        None => args.listen.clone(),
    };
    match TcpListener::bind(&address).await {
        Ok(listener) => {
            println!("edge listening on {}", args.listen);
            tokio::select! {
                () = Edge::serve(listener, config, LogBook::in_memory()) => {}
                () = stop_signal() => {}
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("edge: cannot listen on {}: {error}", args.listen);
            ExitCode::FAILURE
        }
    }
}

fn configuration(args: &Args) -> Result<Config, ConfigError> {
    let routes = args.routes.iter().map(|text| config::route(text)).collect::<Result<Vec<_>, _>>()?;
    let variables: Vec<(String, String)> = std::env::vars().collect();
    let find =
        |name: &str| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    Ok(Config { build: BUILD.into(), ..Config::new(routes, args.websockets.clone(), find)? })
}

async fn stop_signal() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a signal handler can be installed inside a runtime");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
