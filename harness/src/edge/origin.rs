//! Connections to origins, and what their failures mean.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::cap::{Capped, Progress};
use super::config::Limits;
use super::pages::Page;

type Connector = BoxCloneSyncService<Uri, TokioIo<TcpStream>, ConnectError>;

/// Pooled connections to all origins.
pub(super) struct Origins {
    client: Client<Connector, Capped>,
    connect_timeout: Arc<std::sync::atomic::AtomicU64>,
}

/// Why there is no connection.
#[derive(Debug, Error)]
enum ConnectError {
    #[error("refused")]
    Refused,
    #[error("timeout")]
    Timeout,
    #[error("no route")]
    NoRoute,
}

impl Origins {
    pub(super) fn new() -> Self {
        let connect_timeout = Arc::new(std::sync::atomic::AtomicU64::new(0));
        let told = connect_timeout.clone();
        let connector = service_fn(move |uri: Uri| {
            let within = Duration::from_millis(told.load(std::sync::atomic::Ordering::Relaxed));
            connect(uri, within)
        });
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(Duration::from_secs(30))
            .set_host(false)
            .build(BoxCloneSyncService::new(connector));
        Self { client, connect_timeout }
    }

    /// Sends a request and returns the head of the answer, or the page that stands for its absence.
    pub(super) async fn send(
        &self,
        request: Request<Capped>,
        limits: &Limits,
        progress: &Progress,
    ) -> Result<Response<Incoming>, Page> {
        let connect_ms = u64::try_from(limits.connect_timeout.as_millis()).unwrap_or(u64::MAX);
        self.connect_timeout.store(connect_ms, std::sync::atomic::Ordering::Relaxed);
        let mut answer = std::pin::pin!(self.client.request(request));
        loop {
            let left = limits.read_timeout.saturating_sub(progress.still_for());
            tokio::select! {
                biased;
                answer = &mut answer => return answer.map_err(|error| page(&error, progress)),
                // An upload that moves is no silent origin.
                () = tokio::time::sleep(left) => if progress.still_for() >= limits.read_timeout {
                    return Err(Page::ReadTimeout);
                },
            }
        }
    }
}

async fn connect(uri: Uri, within: Duration) -> Result<TokioIo<TcpStream>, ConnectError> {
    let address = uri.authority().map(ToString::to_string).unwrap_or_default();
    let connecting = async {
        let addresses: Vec<_> = lookup_host(address).await.map_err(|_| ConnectError::NoRoute)?.collect();
        let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| reason(&error))?;
        // Small frames of streams must not wait for more.
        let _ = stream.set_nodelay(true);
        Ok(TokioIo::new(stream))
    };
    tokio::time::timeout(within, connecting).await.unwrap_or(Err(ConnectError::Timeout))
}

fn reason(error: &io::Error) -> ConnectError {
    match error.kind() {
        io::ErrorKind::TimedOut => ConnectError::Timeout,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => ConnectError::NoRoute,
        _ => ConnectError::Refused,
    }
}

fn page(error: &hyper_util::client::legacy::Error, progress: &Progress) -> Page {
    if progress.is_over() {
        return Page::TooLarge;
    }
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let connect = causes.into_iter().find_map(|cause| cause.downcast_ref::<ConnectError>());
    match connect {
        Some(ConnectError::Refused) => Page::Refused,
        Some(ConnectError::Timeout) => Page::ConnectTimeout,
        Some(ConnectError::NoRoute) => Page::NoRoute,
        None => Page::Unparsable,
    }
}
