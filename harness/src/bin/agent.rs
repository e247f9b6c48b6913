//! `agent`: a host of agent stand-ins as a program of its own, for worlds whose services are containers.
//!
//! `agent echo` is the echo server instead, and `agent reach` looks whether names outside can be reached, so that
//! one image serves all three.

use std::{net::IpAddr, ops::RangeInclusive, process::ExitCode, time::Duration};

use clap::{Parser, Subcommand};
use harness::agent::{AgentHost, HostConfig};
use harness::backend::process::echo;
use tokio::net::{TcpListener, TcpStream};

/// The most a name may take to be found and to answer before it counts as out of reach.
const REACH_WITHIN: Duration = Duration::from_secs(8);

/// Digest of the sources this program was built from, or `unknown`.
const BUILD: &str = match option_env!("HARNESS_DIGEST") {
    Some(digest) => digest,
    None => "unknown",
};

#[derive(Parser)]
#[command(name = "agent", about = "A host of agent stand-ins")]
struct Args {
    /// Address of the control API.
    #[arg(long, env = "AGENT_LISTEN", default_value = "0.0.0.0:8099")]
    listen: String,
    /// Address that agents listen on.
    #[arg(long, env = "AGENT_BIND", default_value = "0.0.0.0")]
    bind: IpAddr,
    /// Name under which agents register.
    #[arg(long, env = "AGENT_HOST_NAME", default_value = "agents")]
    host_name: String,
    /// Ports of the agents, `first-last`.
    #[arg(long, env = "AGENT_PORTS", default_value = "8100-8999", value_parser = ports)]
    ports: RangeInclusive<u16>,
    #[command(subcommand)]
    instead: Option<Instead>,
}

#[derive(Subcommand)]
enum Instead {
    /// Answers each request as JSON, and keeps a log of requests.
    Echo {
        /// Address to listen on.
        #[arg(long, env = "ECHO_LISTEN", default_value = "0.0.0.0:3000")]
        listen: String,
        /// Path where the log of requests is read.
        #[arg(long, env = "ECHO_LOG", default_value = "/__echo/requests")]
        log: String,
    },
    /// Tries to connect to each name; exits with 3 when one answers, with 0 when none does.
    Reach {
        /// Host names.
        #[arg(required = true)]
        names: Vec<String>,
    },
}

fn ports(text: &str) -> Result<RangeInclusive<u16>, String> {
    let refused = || format!("{text:?} is not first-last");
    let (first, last) = text.split_once('-').ok_or_else(refused)?;
    let (first, last) = (first.parse().map_err(|_| refused())?, last.parse().map_err(|_| refused())?);
    if first == 0 || first > last { Err(refused()) } else { Ok(first..=last) }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_ansi(false).with_target(false).init();
    harness::install_tls();
    let args = Args::parse();
    match args.instead {
        Some(Instead::Echo { listen, log }) => return serve_echo(&listen, log).await,
        Some(Instead::Reach { names }) => return reach(&names).await,
        None => {}
    }
    let host = match TcpListener::bind(&args.listen).await.and_then(|listener| {
        AgentHost::serve(
            listener,
            HostConfig {
                host_name: args.host_name,
                bind: args.bind,
                ports: args.ports,
                build: BUILD.into(),
                folder: std::env::temp_dir(),
            },
        )
    }) {
        Ok(host) => host,
        Err(error) => {
            tracing::error!("agent host cannot listen on {}: {error}", args.listen);
            return ExitCode::FAILURE;
        }
    };
    tracing::info!("agent host listening on {}", host.url());
    stop_signal().await;
    host.stop().await;
    ExitCode::SUCCESS
}

async fn serve_echo(listen: &str, log: String) -> ExitCode {
    let listener = match TcpListener::bind(listen).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("the echo server cannot listen on {listen}: {error}");
            return ExitCode::FAILURE;
        }
    };
    tracing::info!("echo server listening on {listen}");
    tokio::select! {
        () = echo::serve(listener, log) => {}
        () = stop_signal() => {}
    }
    ExitCode::SUCCESS
}

/// The port of every production API.
const HTTPS: u16 = 443;
/// The exit code that says "a name answers"; 2 is taken by wrong usage.
const REACHED: u8 = 3;

async fn reach(names: &[String]) -> ExitCode {
    let tries = names.iter().map(|name| async move {
        let connected = tokio::time::timeout(REACH_WITHIN, TcpStream::connect((name.as_str(), HTTPS))).await;
        let answers = matches!(connected, Ok(Ok(_)));
        if answers {
            println!("{name} answers");
        }
        answers
    });
    let reached = futures_util::future::join_all(tries).await.contains(&true);
    if reached { ExitCode::from(REACHED) } else { ExitCode::SUCCESS }
}

/// Resolves on SIGTERM or Ctrl-C.
async fn stop_signal() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a signal handler can be installed inside a runtime");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
