//! Every setting of the server: name, type, default, what it does, whether it is a secret.
//!
//! `workspace-server env --json` prints this table and the harness's coherence check reads it, so a
//! variable that is not a row here cannot be read at all: [`super::reader`] takes rows, not names.

use serde::Serialize;

/// What a value must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any text.
    Text,
    /// `http` or `https` address.
    Url,
    /// Connection address with a scheme of its own.
    Dsn,
    /// Whole number.
    Number,
    /// Number, decimals allowed.
    Decimal,
    /// One exact word switches it on.
    Flag,
    /// Comma-separated list.
    List,
}

/// What happens to a value that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Invalid {
    /// The boot ends with the problem named.
    Fatal,
    /// The default is used and a line says so.
    Warn,
    /// There is no invalid value, or it means "off".
    Ignored,
}

/// Who cannot do without the knob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Nobody.
    No,
    /// A tenant, unless the named knob is set instead.
    OnTenantUnless(&'static str),
    /// A production deployment.
    InProduction,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Knob {
    /// Name of the environment variable.
    pub name: &'static str,
    /// What a value must look like.
    pub kind: Kind,
    /// Value when unset or empty.
    pub default: Option<&'static str>,
    /// What it does.
    pub reason: &'static str,
    /// Never printed, logged or shown.
    pub secret: bool,
    /// What happens to a bad value.
    pub invalid: Invalid,
    /// Who cannot do without it.
    pub required: Required,
}

impl Knob {
    const fn new(
        name: &'static str,
        kind: Kind,
        default: Option<&'static str>,
        reason: &'static str,
    ) -> Self {
        Self { name, kind, default, reason, secret: false, invalid: Invalid::Ignored, required: Required::No }
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn invalid(mut self, invalid: Invalid) -> Self {
        self.invalid = invalid;
        self
    }

    const fn required(mut self, required: Required) -> Self {
        self.required = required;
        self
    }

    /// The row as `workspace-server env --json` prints it.
    pub fn to_json(&self) -> serde_json::Value {
        let unless = match self.required {
            Required::OnTenantUnless(other) => Some(other),
            Required::No | Required::InProduction => None,
        };
        serde_json::json!({
            "name": self.name,
            "type": self.kind,
            "default": self.default,
            "reason": self.reason,
            "secret": self.secret,
            "invalid": self.invalid,
            "required_on_tenant": unless.is_some(),
            "required_unless": unless,
            "required_in_production": self.required == Required::InProduction,
        })
    }
}

/// Declares each knob once: the constant, and its place in [`ALL`].
macro_rules! knobs {
    ($($name:ident: $kind:ident = $default:expr, $reason:literal $(, $mark:ident($($arg:expr)?))*;)+) => {
        $(#[doc = $reason] pub const $name: Knob =
            Knob::new(stringify!($name), Kind::$kind, $default, $reason)$(.$mark($($arg)?))*;)+

        /// Every knob, in the order of the documentation.
        pub static ALL: &[Knob] = &[$($name),+];
    };
}

knobs! {
    // Core, edge and authentication
    PORT: Number = Some("8080"), "Port to listen on", invalid(Invalid::Fatal);
    DATABASE_URL: Dsn = Some("postgres://dev:dev@localhost:5432/molecule?sslmode=disable"),
        "Postgres of this server; outside production and tenants an embedded one is started when nothing answers",
        secret(), invalid(Invalid::Fatal);
    REDIS_URL: Dsn = None, "Redis for liveness, caches and publish; unset keeps them in process, one replica only",
        secret(), invalid(Invalid::Fatal);
    AGENT_ALLOWED_CIDRS: List = None,
        "Agent address ranges allowed on top of the built-in table: loopback, RFC 1918 and fd00::/8 only",
        invalid(Invalid::Fatal);
    PLATFORM_URL: Text = None, "Address handed to workspaces; default `http://host.docker.internal:<PORT>`";
    EXTERNAL_PLATFORM_URL: Text = None,
        "Public address in connection payloads; default is derived from the request";
    MOLECULE_ORG_ID: Text = None,
        "Organisation served: arms the tenant guard, selects the control-plane provisioner";
    MOLECULE_ORG_SLUG: Text = None, "Tenant slug for session verification; unset disables session cookies";
    ADMIN_TOKEN: Text = None, "Administrator bearer; also the identity towards the control plane", secret();
    MOLECULE_ENV: Text = None, "prod/production or dev/development; anything else relaxes nothing";
    MOLECULE_DEPLOY_MODE: Text = None,
        "saas or self-hosted; unset follows MOLECULE_ORG_ID, a misspelt word is self-hosted", invalid(Invalid::Warn);
    MOLECULE_ENABLE_TEST_TOKENS: Flag = None, "1 enables the test-token route even in production";
    CORS_ORIGINS: List = Some("http://localhost:3000,http://localhost:3001"),
        "Browser origins that may call", invalid(Invalid::Fatal);
    RATE_LIMIT: Number = Some("600"), "Requests per minute and client address", invalid(Invalid::Warn);
    CANVAS_PROXY_URL: Url = None, "Canvas behind unmatched routes; arms the same-origin rule",
        invalid(Invalid::Fatal);
    CP_UPSTREAM_URL: Url = None, "Control plane behind /cp/* and session verification", invalid(Invalid::Fatal);
    CP_PROVISION_URL: Text = None, "First choice for the provisioner's control plane";
    MOLECULE_CP_URL: Text = None, "Control plane of config refresh, second choice for the provisioner",
        required(Required::OnTenantUnless("CP_PROVISION_URL"));
    MOLECULE_CP_SHARED_SECRET: Text = None, "Bearer of /cp/workspaces/* calls", secret();
    PROVISION_SHARED_SECRET: Text = None, "Older name of MOLECULE_CP_SHARED_SECRET", secret();
    CP_ADMIN_API_TOKEN: Text = None, "Bearer of /cp/admin/* calls; default is the shared secret", secret();
    SECRETS_ENCRYPTION_KEY: Text = None, "32 bytes, standard base64 or raw: key of the secrets storage",
        secret(), invalid(Invalid::Fatal), required(Required::InProduction);
    MOLECULE_MCP_ALLOW_SEND_MESSAGE: Flag = None, "true offers send_message_to_user over MCP";
    MOLECULE_IN_DOCKER: Flag = None, "Whether the server runs in a container; default looks for /.dockerenv";
    DEV_POSTGRES_DIR: Text = None,
        "Folder of the embedded development Postgres; default is below the user's data folder";
    RUST_LOG: Text = Some("info"), "Log filter; taken from the process environment only";

    // Deadlines, ages and cadences
    ACTIVITY_RETENTION_DAYS: Number = Some("7"), "Age at which activity is purged", invalid(Invalid::Warn);
    ACTIVITY_CLEANUP_INTERVAL_HOURS: Decimal = Some("6"), "Hours between purges", invalid(Invalid::Warn);
    A2A_IDLE_TIMEOUT_SECONDS: Number = Some("300"), "Longest silence of an agent during an A2A call",
        invalid(Invalid::Warn);
    A2A_RESPONSE_HEADER_TIMEOUT_SECONDS: Number = Some("60"), "Time an agent has to send response headers",
        invalid(Invalid::Warn);
    PROVISION_TIMEOUT_SECONDS: Number = None, "Overrides every provisioning deadline", invalid(Invalid::Warn);
    REMOTE_LIVENESS_STALE_AFTER: Number = Some("90"), "Seconds of silence before an external workspace is stale",
        invalid(Invalid::Warn);
    LIVENESS_TTL_SECONDS: Number = Some("180"), "Seconds of silence before an agent counts as gone",
        invalid(Invalid::Warn);
    HEALTH_SWEEP_INTERVAL_SECONDS: Number = Some("15"), "Seconds between two health sweeps",
        invalid(Invalid::Warn);
    PROVISION_SWEEP_INTERVAL_SECONDS: Number = Some("30"), "Seconds between two provision-timeout sweeps",
        invalid(Invalid::Warn);
    ORPHAN_SWEEP_INTERVAL_SECONDS: Number = Some("60"), "Seconds between two orphan sweeps; Docker only",
        invalid(Invalid::Warn);
    STALE_TOKEN_GRACE_SECONDS: Number = Some("300"),
        "Seconds a token may be idle before the orphan sweep asks whether its container is gone",
        invalid(Invalid::Warn);

    // Local Docker back end; looked at only without MOLECULE_ORG_ID
    DOCKER_HOST: Text = Some("unix:///var/run/docker.sock"),
        "Engine that runs workspaces, unix:// or tcp://; nothing can be provisioned when none answers";
    DOCKER_NETWORK: Text = Some("molecule-monorepo-net"), "Network that workspaces join; made when missing";
    DOCKER_SCOPE: Text = None,
        "Label value that tells this server's containers from another server's on the same engine";
    WORKSPACE_IMAGE: Text = Some("ghcr.io/molecule-ai/workspace-template-{runtime}:latest"),
        "Image of a runtime, `{runtime}` filled in; one without a moving tag is pulled only when missing";
    WORKSPACE_IMAGE_LOCAL_OVERRIDE: Flag = None, "1 ignores image pins";
    MOLECULE_IMAGE_PLATFORM: Text = None, "os/arch of images; anything else leaves it to the engine";
    GHCR_USER: Text = None, "Account of the image registry; needs GHCR_TOKEN too";
    GHCR_TOKEN: Text = None, "Token of the image registry; needs GHCR_USER too", secret();
    AWARENESS_URL: Text = None, "Memory service handed to agents";
    WORKSPACE_DIR: Text = None, "Host directory of workspaces that name none";
    TIER2_MEMORY_MB: Number = Some("512"), "Memory of a tier 2 workspace in MiB", invalid(Invalid::Warn);
    TIER2_CPU_SHARES: Number = Some("1024"), "Processor of a tier 2 workspace; 1024 are one",
        invalid(Invalid::Warn);
    TIER3_MEMORY_MB: Number = Some("2048"), "Memory of a tier 3 workspace in MiB", invalid(Invalid::Warn);
    TIER3_CPU_SHARES: Number = Some("2048"), "Processor of a tier 3 workspace; 1024 are one",
        invalid(Invalid::Warn);
    TIER4_MEMORY_MB: Number = Some("4096"), "Memory of a tier 4 workspace in MiB", invalid(Invalid::Warn);
    TIER4_CPU_SHARES: Number = Some("4096"), "Processor of a tier 4 workspace; 1024 are one",
        invalid(Invalid::Warn);

    // Templates and runtimes
    CONFIGS_DIR: Text = None,
        "Folder of workspace templates; default looks for workspace-configs-templates up to two levels up";
    WORKSPACE_MANIFEST_PATH: Text = None,
        "Manifest that lists the runtimes; default is /app/manifest.json, else manifest.json up to two levels up";
}
