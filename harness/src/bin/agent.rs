//! `agent`: a host of agent stand-ins as a program of its own, for worlds whose services are containers.

use std::{net::IpAddr, ops::RangeInclusive, process::ExitCode};

use clap::Parser;
use harness::agent::{AgentHost, HostConfig};
use tokio::net::TcpListener;

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

/// Resolves on SIGTERM or Ctrl-C.
async fn stop_signal() {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
        .expect("a signal handler can be installed inside a runtime");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
