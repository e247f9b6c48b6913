//! Which addresses the server may call on behalf of an agent (SSRF guard).
//!
//! The policy is a value inside [`crate::App`]; there is no switch that turns it off. [`SafeUrl`] can
//! only be made by [`UrlPolicy::check`], and the clients that call agents take nothing else, so a
//! new call path cannot forget the check (#1483). A name is judged by every address it has, once
//! when the URL is checked and again when the client connects ([`UrlPolicy::guard_dns`]), so that a
//! name which changes its mind in between gains nothing.

mod dns;
mod ranges;

use std::{net::IpAddr, sync::Arc};

use ipnet::IpNet;
use url::{Host, Url};

pub use dns::{GuardedDns, Resolve, SystemResolver};
pub use ranges::{Label, parse_allowed};

use crate::config::{Config, DeployEnv, DeployMode};

/// When a URL is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// An agent announces its address: loopback never, the name `localhost` without lookup.
    Register,
    /// The server is about to call it.
    Forward,
}

/// Why a URL is refused. `Display` is public text; it never names the address or the resolver's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Blocked {
    /// Not a URL, or not `http`/`https`.
    #[error("url scheme must be http or https")]
    Scheme,
    /// An address in a range that agents cannot have.
    #[error("url targets a blocked address: {0}")]
    Address(Label),
    /// No host, or a name without any address.
    #[error("url cannot be resolved")]
    Unresolvable,
}

/// A URL that passed the policy; only the policy makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SafeUrl(Url);

impl SafeUrl {
    /// The checked URL.
    pub fn as_url(&self) -> &Url {
        &self.0
    }

    /// The same place, another path: scheme, host and port stay as checked.
    #[must_use]
    pub fn with_path(&self, path: &str) -> Self {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(None);
        Self(url)
    }
}

/// Ranges in force and the resolver.
#[derive(Clone)]
pub struct UrlPolicy {
    judge: ranges::Judge,
    resolver: Arc<dyn Resolve>,
}

impl UrlPolicy {
    /// The policy of a deployment.
    pub fn new(config: &Config) -> Self {
        Self::with_resolver(config, Arc::new(SystemResolver))
    }

    /// The policy of a deployment with another way to look names up.
    pub fn with_resolver(config: &Config, resolver: Arc<dyn Resolve>) -> Self {
        let judge = ranges::Judge {
            saas: config.deploy_mode == DeployMode::Saas,
            dev: config.environment == DeployEnv::Development,
            allowed: config.agent_allowed_cidrs.clone(),
        };
        Self { judge, resolver }
    }

    /// Ranges the operator allowed on top of the table.
    pub fn allowed(&self) -> &[IpNet] {
        &self.judge.allowed
    }

    /// Judges a URL; a name is looked up and every address judged.
    ///
    /// # Errors
    /// The category of the refusal; the detail is logged here.
    pub async fn check(&self, profile: Profile, text: &str) -> Result<SafeUrl, Blocked> {
        let url = Url::parse(text).map_err(|_| Blocked::Scheme)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(Blocked::Scheme);
        }
        match url.host() {
            None => return Err(Blocked::Unresolvable),
            Some(Host::Ipv4(address)) => self.judge_address(profile, address.into())?,
            Some(Host::Ipv6(address)) => self.judge_address(profile, address.into())?,
            Some(Host::Domain("localhost")) if profile == Profile::Register => {}
            Some(Host::Domain(name)) => self.judge_name(profile, name).await?,
        }
        Ok(SafeUrl(url))
    }

    /// Name lookup for HTTP clients that call agents: judges again at connect time.
    pub fn guard_dns(&self) -> GuardedDns {
        GuardedDns(self.clone())
    }

    async fn judge_name(&self, profile: Profile, name: &str) -> Result<(), Blocked> {
        let addresses = self.resolver.resolve(name.to_owned()).await.map_err(|error| {
            tracing::info!(host = name, %error, "url policy: name does not resolve");
            Blocked::Unresolvable
        })?;
        if addresses.is_empty() {
            return Err(Blocked::Unresolvable);
        }
        addresses.into_iter().try_for_each(|address| self.judge_address(profile, address))
    }

    fn judge_address(&self, profile: Profile, address: IpAddr) -> Result<(), Blocked> {
        self.judge.blocked(profile, address).map_or(Ok(()), |label| {
            tracing::info!(%address, %label, ?profile, "url policy: address blocked");
            Err(Blocked::Address(label))
        })
    }
}

impl std::fmt::Debug for UrlPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.judge.fmt(f)
    }
}

#[cfg(test)]
mod tests;
