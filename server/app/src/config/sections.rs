//! Settings that belong together, each group read in one place.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

use super::{knobs, reader::Reader};

/// Which browser origins may call.
#[derive(Clone, Debug)]
pub struct Cors {
    /// Exact origins.
    pub origins: Vec<String>,
    /// Whether the operator chose them; the WebSocket rule is open otherwise.
    pub explicit: bool,
}

impl Cors {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let explicit = reader.is_set(&knobs::CORS_ORIGINS);
        let origins = reader.parsed(&knobs::CORS_ORIGINS, parse_origins);
        Self { origins, explicit }
    }

    /// Exact match, as browsers send it.
    pub fn allows(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed == origin)
    }
}

fn parse_origins(text: &str) -> Result<Vec<String>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| {
            let http = entry.starts_with("http://") || entry.starts_with("https://");
            http.then(|| entry.to_owned())
                .ok_or_else(|| format!("origin {entry:?} needs http:// or https://"))
        })
        .collect()
}

/// How and as whom the control plane is called. There is no outside default (#2863).
#[derive(Clone, Debug, Default)]
pub struct ControlPlane {
    /// Browser-facing `/cp/*` proxy and session verification; nothing else reads it.
    pub upstream_url: Option<Url>,
    /// First choice for the provisioner, as written by the operator.
    pub provision_url: Option<String>,
    /// Config refresh, and second choice for the provisioner.
    pub url: Option<String>,
    /// Bearer of `/cp/workspaces/*`.
    pub shared_secret: Option<SecretString>,
    /// Bearer of `/cp/admin/*`.
    pub admin_api_token: Option<SecretString>,
}

impl ControlPlane {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let shared_secret = reader
            .secret(&knobs::MOLECULE_CP_SHARED_SECRET)
            .or_else(|| reader.secret(&knobs::PROVISION_SHARED_SECRET));
        Self {
            upstream_url: reader.http_url(&knobs::CP_UPSTREAM_URL),
            provision_url: reader.text(&knobs::CP_PROVISION_URL),
            url: reader.text(&knobs::MOLECULE_CP_URL),
            admin_api_token: reader.secret(&knobs::CP_ADMIN_API_TOKEN).or_else(|| shared_secret.clone()),
            shared_secret,
        }
    }

    /// Base address of the provisioner's calls, without a trailing slash.
    pub fn base(&self) -> Option<&str> {
        self.provision_url.as_deref().or(self.url.as_deref()).map(|base| base.trim_end_matches('/'))
    }
}

/// Deadlines, ages and cadences that an operator may change.
#[derive(Clone, Debug)]
pub struct Timing {
    /// Longest silence of an agent during an A2A call.
    pub a2a_idle: Duration,
    /// Time an agent has to send response headers.
    pub a2a_response_header: Duration,
    /// Age at which activity is purged.
    pub activity_retention_days: u32,
    /// Time between purges.
    pub activity_cleanup_interval: Duration,
    /// Replaces every provisioning deadline when set.
    pub provision_timeout: Option<Duration>,
    /// Silence after which an external workspace is stale.
    pub remote_stale_after: Duration,
    /// How long a liveness key lives without a beat.
    pub liveness_ttl: Duration,
    /// Time between two health sweeps.
    pub health_sweep_interval: Duration,
    /// Time between two provision-timeout sweeps.
    pub provision_sweep_interval: Duration,
    /// Time between two orphan sweeps.
    pub orphan_sweep_interval: Duration,
    /// Idle time after which a token without a container is stale.
    pub stale_token_grace: Duration,
}

impl Timing {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        let seconds = |reader: &mut Reader<'_>, knob| Duration::from_secs(reader.positive(knob).into());
        Self {
            a2a_idle: seconds(reader, &knobs::A2A_IDLE_TIMEOUT_SECONDS),
            a2a_response_header: seconds(reader, &knobs::A2A_RESPONSE_HEADER_TIMEOUT_SECONDS),
            activity_retention_days: reader.positive(&knobs::ACTIVITY_RETENTION_DAYS),
            activity_cleanup_interval: Duration::from_secs_f64(
                // Capped at a century so that no number overflows a `Duration`.
                (reader.positive_decimal(&knobs::ACTIVITY_CLEANUP_INTERVAL_HOURS) * 3600.0).min(3.2e9),
            ),
            provision_timeout: reader
                .number::<std::num::NonZeroU32>(&knobs::PROVISION_TIMEOUT_SECONDS)
                .map(|seconds| Duration::from_secs(seconds.get().into())),
            remote_stale_after: seconds(reader, &knobs::REMOTE_LIVENESS_STALE_AFTER),
            liveness_ttl: seconds(reader, &knobs::LIVENESS_TTL_SECONDS),
            health_sweep_interval: seconds(reader, &knobs::HEALTH_SWEEP_INTERVAL_SECONDS),
            provision_sweep_interval: seconds(reader, &knobs::PROVISION_SWEEP_INTERVAL_SECONDS),
            orphan_sweep_interval: seconds(reader, &knobs::ORPHAN_SWEEP_INTERVAL_SECONDS),
            stale_token_grace: seconds(reader, &knobs::STALE_TOKEN_GRACE_SECONDS),
        }
    }
}
