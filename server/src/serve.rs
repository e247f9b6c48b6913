//! The listener: serves until told to stop, then lets what is open finish for a bounded time.
//!
//! No read or write timeout here: long streams and uploads must survive.

use std::{
    io::ErrorKind,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use axum::serve::ListenerExt;
use server_app::App;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use crate::http;

/// Longest time that open requests, then background work, get to finish at shutdown.
const DRAIN_MAX: Duration = Duration::from_secs(30);

/// Binds the configured port on every address and serves until a signal.
///
/// # Errors
/// The port is taken, or the listener broke.
pub async fn serve(app: App) -> std::io::Result<()> {
    let port = app.config.port;
    let listener = bind(port).await?;
    let bound = listener.local_addr().map_or(port, |address| address.port());
    tracing::info!("Platform starting on :{bound}");
    serve_until(app, listener, stop_signal()).await
}

/// Both families where the machine has both.
async fn bind(port: u16) -> std::io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => Err(error),
        Err(_) => TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).await,
        bound => bound,
    }
}

/// Serves on a bound listener until `stop` resolves, then lets requests finish for a bounded time.
///
/// # Errors
/// The listener broke.
pub async fn serve_until(
    app: App,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (context, events) = (app.context.clone(), app.events.clone());
    let service = http::router(app).into_make_service_with_connect_info::<SocketAddr>();
    // Answers are small and one at a time: waiting to fill a packet only adds latency.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let draining = context.stop.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        stop.await;
        tracing::info!("stopping: background tasks, then open requests");
        draining.cancel();
        // Streams end here, else each would hold the drain until its deadline.
        events.close();
    });
    let hard_stop = async {
        context.stop.cancelled().await;
        tokio::time::sleep(DRAIN_MAX).await;
    };
    tokio::select! {
        served = server => served?,
        () = hard_stop => tracing::warn!("requests still open after {DRAIN_MAX:?} are cut off"),
    }
    context.tasks.close();
    if tokio::time::timeout(DRAIN_MAX, context.tasks.wait()).await.is_err() {
        tracing::warn!("background work still running after {DRAIN_MAX:?} is abandoned");
    }
    Ok(())
}

async fn stop_signal() {
    let mut terminate = signal(SignalKind::terminate()).expect("signal handlers can be installed at boot");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
