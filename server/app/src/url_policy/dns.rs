//! Name lookup, bounded in time, and its guarded form for HTTP clients.

use std::{io, net::IpAddr, net::SocketAddr, time::Duration};

use futures_util::future::BoxFuture;

use super::{Profile, UrlPolicy};

/// Longest wait for an answer about a name.
const LOOKUP_DEADLINE: Duration = Duration::from_secs(5);

/// A way to find the addresses of a name.
pub trait Resolve: Send + Sync {
    /// Every address of `name`.
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let lookup = tokio::net::lookup_host((name, 0));
            let found = tokio::time::timeout(LOOKUP_DEADLINE, lookup).await??;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// A `reqwest` resolver that refuses names with any blocked address, at connect time.
#[derive(Clone)]
pub struct GuardedDns(pub(super) UrlPolicy);

impl reqwest::dns::Resolve for GuardedDns {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let policy = self.0.clone();
        Box::pin(async move {
            let addresses = policy.resolver.resolve(name.as_str().to_owned()).await?;
            for address in &addresses {
                policy.judge_address(Profile::Forward, *address)?;
            }
            let sockets = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets.collect::<Vec<_>>().into_iter()) as reqwest::dns::Addrs)
        })
    }
}
