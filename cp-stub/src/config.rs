//! What the stub is told at start: where to listen, the orgs it serves, the secrets it accepts.
//!
//! Every setting is a flag and an environment variable of one name each; secrets are better given by
//! the environment, where a process list does not show them.

use std::net::{Ipv4Addr, SocketAddr};

use clap::Parser;

/// Command line and environment.
#[derive(Parser)]
#[command(name = "cp-stub", about = "A control-plane stub with scripted faults")]
pub struct Args {
    /// `host:port`, or `:port` for every address.
    #[arg(long, env = "CP_STUB_LISTEN", default_value = ":9090")]
    listen: String,
    /// Orgs as `org_id:slug:admin_token`, separated by commas.
    #[arg(long, env = "CP_STUB_ORGS", hide_env_values = true, default_value = "")]
    orgs: String,
    /// Bearer of workspace calls; handed to tenants through their configuration.
    #[arg(long, env = "CP_STUB_SHARED_SECRET", hide_env_values = true)]
    shared_secret: String,
    /// Bearer of `/cp/admin/...` calls.
    #[arg(long, env = "CP_STUB_ADMIN_API_TOKEN", hide_env_values = true)]
    admin_api_token: String,
    /// Control address of the agent host; without it no agent is ever started.
    #[arg(long, env = "CP_STUB_AGENTS_URL")]
    agents_url: Option<String>,
    /// The stub's own address as tenants see it; without it the `Host` of a request says so.
    #[arg(long, env = "CP_STUB_PUBLIC_URL")]
    public_url: Option<String>,
    /// Milliseconds between a provision answer and the start of its agent.
    #[arg(long, env = "CP_STUB_LAUNCH_DELAY_MS", default_value_t = 25)]
    launch_delay_ms: u64,
}

/// Checked settings.
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The orgs known at start.
    pub orgs: Vec<OrgConfig>,
    /// Bearer of workspace calls until an org's own replaces it.
    pub shared_secret: String,
    /// Bearer of admin calls.
    pub admin_api_token: String,
    /// Control address of the agent host, without a trailing slash.
    pub agents_url: Option<String>,
    /// The stub's own address as tenants see it, without a trailing slash.
    pub public_url: Option<String>,
    /// Milliseconds between a provision answer and the start of its agent.
    pub launch_delay_ms: u64,
}

/// One org known at start.
#[derive(Clone)]
pub struct OrgConfig {
    /// Org id.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// The tenant's admin token.
    pub admin_token: String,
}

/// A setting that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an address.
    #[error("CP_STUB_LISTEN must be host:port or :port, not {0:?}")]
    Listen(String),
    /// An org entry of another form. The entry is not shown: it holds a token.
    #[error("CP_STUB_ORGS entry {0} must be org_id:slug:admin_token")]
    Org(usize),
    /// Two orgs share an id or a slug.
    #[error("CP_STUB_ORGS names {0:?} twice")]
    Twice(String),
    /// An empty secret would accept an empty bearer.
    #[error("{0} must not be empty")]
    Empty(&'static str),
}

impl TryFrom<Args> for Config {
    type Error = ConfigError;

    fn try_from(args: Args) -> Result<Self, ConfigError> {
        if args.shared_secret.is_empty() {
            return Err(ConfigError::Empty("CP_STUB_SHARED_SECRET"));
        }
        if args.admin_api_token.is_empty() {
            return Err(ConfigError::Empty("CP_STUB_ADMIN_API_TOKEN"));
        }
        Ok(Self {
            listen: listen_address(&args.listen)?,
            orgs: orgs(&args.orgs)?,
            shared_secret: args.shared_secret,
            admin_api_token: args.admin_api_token,
            agents_url: args.agents_url.and_then(base_url),
            public_url: args.public_url.and_then(base_url),
            launch_delay_ms: args.launch_delay_ms,
        })
    }
}

fn listen_address(text: &str) -> Result<SocketAddr, ConfigError> {
    let refused = || ConfigError::Listen(text.to_owned());
    match text.strip_prefix(':') {
        Some(port) => {
            Ok(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port.parse::<u16>().map_err(|_| refused())?)))
        }
        None => text.parse().map_err(|_| refused()),
    }
}

fn orgs(text: &str) -> Result<Vec<OrgConfig>, ConfigError> {
    let mut orgs: Vec<OrgConfig> = Vec::new();
    for (index, entry) in text.split(',').filter(|entry| !entry.trim().is_empty()).enumerate() {
        let parts: Vec<&str> = entry.trim().splitn(3, ':').collect();
        let [id, slug, admin_token] = parts[..] else { return Err(ConfigError::Org(index)) };
        if id.is_empty() || slug.is_empty() || admin_token.is_empty() {
            return Err(ConfigError::Org(index));
        }
        if orgs.iter().any(|org| org.id == id || org.slug == slug) {
            return Err(ConfigError::Twice(id.to_owned()));
        }
        orgs.push(OrgConfig { id: id.into(), slug: slug.into(), admin_token: admin_token.into() });
    }
    Ok(orgs)
}

fn base_url(text: String) -> Option<String> {
    let trimmed = text.trim_end_matches('/');
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orgs_are_read_and_a_bad_entry_is_named_by_position_only() {
        let read = orgs("o-a:alpha:tok:en, o-b:beta:t2").unwrap();
        assert_eq!((read[0].id.as_str(), read[0].slug.as_str()), ("o-a", "alpha"));
        assert_eq!(read[0].admin_token, "tok:en", "a token may hold a colon");
        assert_eq!(read[1].admin_token, "t2");
        assert_eq!(orgs("o-a:alpha").err(), Some(ConfigError::Org(0)));
        assert_eq!(orgs("o-a:alpha:x,o-a:beta:secret").err(), Some(ConfigError::Twice("o-a".into())));
    }

    #[test]
    fn a_bare_port_means_every_address() {
        assert_eq!(listen_address(":9090").unwrap().to_string(), "0.0.0.0:9090");
        assert_eq!(listen_address("127.0.0.1:0").unwrap().to_string(), "127.0.0.1:0");
        assert!(listen_address("nowhere").is_err());
    }
}
