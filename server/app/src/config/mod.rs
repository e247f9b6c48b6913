//! The table of knobs: read once at boot, all invalid values reported together.
//!
//! Reading order: [`knobs`] (every setting, one row each), [`environment`] (where values come from:
//! control plane over process over `.env`), [`reader`] (typed reading that collects errors), then
//! [`Config`], the immutable result. Nothing else in the server reads the environment.

mod docker;
pub mod dotenv;
pub mod environment;
pub mod knobs;
mod modes;
mod reader;
mod sections;

pub use docker::{Ceiling, Docker, RegistryLogin};
pub use environment::Environment;
pub use modes::{DeployEnv, DeployMode};
pub use reader::{ConfigErrors, Warnings};
pub use sections::{ControlPlane, Cors, Timing};

use std::path::PathBuf;

use ipnet::IpNet;
use secrecy::SecretString;
use url::Url;

use crate::{auth::AdminToken, crypto::SecretsKey};
use reader::Reader;

/// Every setting of the server after boot; immutable, shared.
#[derive(Clone, Debug)]
pub struct Config {
    /// Port the server listens on; `0` lets the system choose one.
    pub port: u16,
    /// Address handed to workspaces for calling back.
    pub platform_url: String,
    /// Public address for external agents, when the operator names one.
    pub external_platform_url: Option<String>,
    /// Postgres; `None` only where an embedded development database may be started.
    pub database_url: Option<SecretString>,
    /// Where an embedded development database keeps its files.
    pub dev_postgres_dir: Option<PathBuf>,
    /// Redis; `None` means the in-process stand-in.
    pub redis_url: Option<SecretString>,
    /// Production, development or neither.
    pub environment: DeployEnv,
    /// Whether private agent addresses are expected.
    pub deploy_mode: DeployMode,
    /// The tenant's organisation; `Some` makes this process a tenant.
    pub org_id: Option<String>,
    /// The tenant's slug at the control plane.
    pub org_slug: Option<String>,
    /// Bootstrap and break-glass administrator bearer.
    pub admin_token: Option<AdminToken>,
    /// Whether test tokens are minted even in production.
    pub test_tokens_forced: bool,
    /// Agent addresses allowed on top of the range table.
    pub agent_allowed_cidrs: Vec<IpNet>,
    /// Which browser origins may call.
    pub cors: Cors,
    /// Requests per minute and client address.
    pub rate_limit_per_minute: u32,
    /// The canvas behind unmatched routes.
    pub canvas_proxy_url: Option<Url>,
    /// How and as whom the control plane is called.
    pub control_plane: ControlPlane,
    /// The local engine.
    pub docker: Docker,
    /// Key of the secrets storage; `None` stores plaintext (never in production).
    pub secrets_key: Option<SecretsKey>,
    /// Deadlines, ages and cadences.
    pub timing: Timing,
    /// Folder of workspace templates, when the operator names one.
    pub configs_dir: Option<String>,
    /// Manifest of runtimes, when the operator names one.
    pub manifest_path: Option<String>,
    /// Whether `send_message_to_user` is offered over MCP.
    pub mcp_allow_send_message: bool,
    /// Whether the server itself runs in a container.
    pub in_docker: bool,
}

impl Config {
    /// Reads every knob; reports all invalid values together.
    ///
    /// # Errors
    /// Each fatal problem, in the order of the table.
    pub fn read(env: &Environment) -> Result<(Self, Warnings), ConfigErrors> {
        let mut reader = Reader::new(env);
        let config = Self::collect(&mut reader);
        config.require_control_plane(&mut reader);
        reader.finish(config)
    }

    /// True when this process serves one organisation.
    pub fn is_tenant(&self) -> bool {
        self.org_id.is_some()
    }

    /// The only relaxation of authentication: an explicit development environment and no admin token.
    pub fn dev_fail_open(&self) -> bool {
        self.admin_token.is_none() && self.environment == DeployEnv::Development
    }

    fn collect(reader: &mut Reader<'_>) -> Self {
        let port = reader.port(&knobs::PORT);
        let org_id = reader.text(&knobs::MOLECULE_ORG_ID);
        let environment = DeployEnv::read(reader);
        Self {
            port,
            platform_url: reader
                .text(&knobs::PLATFORM_URL)
                .unwrap_or_else(|| format!("http://host.docker.internal:{port}")),
            external_platform_url: reader.text(&knobs::EXTERNAL_PLATFORM_URL),
            database_url: reader.secret(&knobs::DATABASE_URL),
            dev_postgres_dir: reader.text(&knobs::DEV_POSTGRES_DIR).map(PathBuf::from),
            redis_url: reader.secret(&knobs::REDIS_URL),
            deploy_mode: DeployMode::read(reader, org_id.is_some()),
            org_slug: reader.text(&knobs::MOLECULE_ORG_SLUG),
            admin_token: reader.secret(&knobs::ADMIN_TOKEN).map(AdminToken::new),
            test_tokens_forced: reader.exactly(&knobs::MOLECULE_ENABLE_TEST_TOKENS, "1"),
            agent_allowed_cidrs: reader.parsed(&knobs::AGENT_ALLOWED_CIDRS, crate::url_policy::parse_allowed),
            cors: Cors::read(reader),
            rate_limit_per_minute: reader.positive(&knobs::RATE_LIMIT),
            canvas_proxy_url: reader.http_url(&knobs::CANVAS_PROXY_URL),
            control_plane: ControlPlane::read(reader),
            docker: Docker::read(reader),
            secrets_key: reader.secrets_key(&knobs::SECRETS_ENCRYPTION_KEY, environment),
            timing: Timing::read(reader),
            configs_dir: reader.text(&knobs::CONFIGS_DIR),
            manifest_path: reader.text(&knobs::WORKSPACE_MANIFEST_PATH),
            mcp_allow_send_message: reader.exactly(&knobs::MOLECULE_MCP_ALLOW_SEND_MESSAGE, "true"),
            in_docker: reader.in_docker(&knobs::MOLECULE_IN_DOCKER),
            environment,
            org_id,
        }
    }

    /// A tenant that nobody told where its control plane is must not boot (#2863).
    fn require_control_plane(&self, reader: &mut Reader<'_>) {
        if self.is_tenant() && self.control_plane.base().is_none() {
            reader.problem(
                "MOLECULE_CP_URL",
                "a tenant needs MOLECULE_CP_URL or CP_PROVISION_URL; both are unset",
            );
        }
    }
}

impl Default for Config {
    /// What an empty environment gives: a local server with everything optional off.
    fn default() -> Self {
        Self::read(&Environment::default()).expect("every knob has a valid default").0
    }
}

#[cfg(test)]
mod tests;
