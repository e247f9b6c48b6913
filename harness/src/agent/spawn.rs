//! What an agent is started with: the environment that a machine's boot script would export, and
//! what a replay may want otherwise.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Name of the switch that turns registering and beating off, as for the external client.
const DISABLE_HEARTBEAT: &str = "MOLECULE_MCP_DISABLE_HEARTBEAT";

/// How messages reach the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The platform calls the agent.
    Push,
    /// The agent fetches its messages.
    Poll,
}

impl DeliveryMode {
    /// The word on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Poll => "poll",
        }
    }
}

/// Body of `POST /__agent/agents`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spawn {
    /// The workspace it works for.
    pub workspace_id: String,
    /// Its platform.
    pub platform_url: String,
    /// Its runtime.
    #[serde(default)]
    pub runtime: String,
    /// The rest of its environment.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// A label, to tell apart agents of equal workspace ids. The agent itself never learns it.
    #[serde(default)]
    pub org_id: Option<String>,
    /// The machine it runs on; a stop that names another machine is not meant for it.
    #[serde(default)]
    pub instance_id: Option<String>,
    /// Answer the spawn only after the first registration, or after so many milliseconds.
    #[serde(default)]
    pub wait_registered_ms: u64,
    /// Die as soon as the first registration was answered.
    #[serde(default)]
    pub crash_after_register: bool,
    /// Mode to register with; without it none is named.
    #[serde(default)]
    pub delivery_mode: Option<DeliveryMode>,
    /// Whether to register at start.
    #[serde(default = "yes")]
    pub register: bool,
    /// Whether to beat.
    #[serde(default = "yes")]
    pub heartbeat: bool,
    /// Milliseconds between beats.
    #[serde(default = "default_beat")]
    pub heartbeat_ms: u64,
    /// Milliseconds between polls.
    #[serde(default = "default_poll")]
    pub poll_ms: u64,
    /// A workspace token from elsewhere, stored before the start.
    #[serde(default)]
    pub token: Option<String>,
    /// Go on with the disk of the agent that is replaced, as a restarted process does; a new machine
    /// starts with an empty one.
    #[serde(default)]
    pub keep_disk: bool,
    /// `Host` of platform calls, for an agent that comes through the edge.
    #[serde(default)]
    pub host: Option<String>,
    /// `Origin` of platform calls; the platform's address when absent.
    #[serde(default)]
    pub origin: Option<String>,
    /// Address to register instead of its own.
    #[serde(default)]
    pub url: Option<String>,
    /// Fields that replace those of its card.
    #[serde(default)]
    pub card: Option<Value>,
}

fn yes() -> bool {
    true
}

fn default_beat() -> u64 {
    1000
}

fn default_poll() -> u64 {
    250
}

impl Spawn {
    /// Whether it registers at start.
    pub(super) fn registers(&self) -> bool {
        self.register && !self.is_silent()
    }

    /// Whether it beats.
    pub(super) fn beats(&self) -> bool {
        self.heartbeat && !self.is_silent()
    }

    /// Exactly `1` silences; anything else is ignored.
    fn is_silent(&self) -> bool {
        self.env.get(DISABLE_HEARTBEAT).is_some_and(|value| value == "1")
    }

    /// Whether it fetches its messages.
    pub(super) fn polls(&self) -> bool {
        self.delivery_mode == Some(DeliveryMode::Poll)
    }

    /// All it finds in its environment.
    pub(super) fn environment(&self, port: u16) -> BTreeMap<String, String> {
        let own = [
            ("WORKSPACE_ID", self.workspace_id.clone()),
            ("PLATFORM_URL", self.platform_url.clone()),
            ("RUNTIME", self.runtime.clone()),
            ("PORT", port.to_string()),
        ];
        let mut all: BTreeMap<String, String> = own.map(|(name, value)| (name.to_owned(), value)).into();
        all.extend(self.env.clone());
        all
    }
}
