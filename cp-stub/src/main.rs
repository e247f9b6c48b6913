//! `cp-stub`: serves the control-plane stub until it is told to stop.

use std::process::ExitCode;

use clap::Parser;
use cp_stub::{Args, Config, Stub};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_ansi(false).with_target(false).with_writer(std::io::stdout).init();
    cp_stub::install_tls();
    let config = match Config::try_from(Args::parse()) {
        Ok(config) => config,
        Err(error) => {
            tracing::error!("cp-stub: {error}");
            return ExitCode::from(2);
        }
    };
    let listener = match TcpListener::bind(config.listen).await {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!("cp-stub: cannot listen on {}: {error}", config.listen);
            return ExitCode::FAILURE;
        }
    };
    let port = listener.local_addr().map_or(config.listen.port(), |address| address.port());
    tracing::info!("cp-stub listening on :{port}");
    tokio::select! {
        () = cp_stub::serve(listener, Stub::new(config)) => {}
        () = stop_signal() => tracing::info!("cp-stub stopping"),
    }
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
