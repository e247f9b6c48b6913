//! A machine: what a provision call leaves behind.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::task::AbortHandle;

/// Life of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MachineState {
    Pending,
    Running,
    Stopped,
    Terminated,
}

impl MachineState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Terminated => "terminated",
        }
    }
}

/// One machine.
#[derive(Clone, Serialize)]
pub(crate) struct Instance {
    pub(crate) instance_id: String,
    pub(crate) workspace_id: String,
    pub(crate) org_id: String,
    pub(crate) private_ip: String,
    pub(crate) state: MachineState,
    pub(crate) created_at: DateTime<Utc>,
    #[serde(skip)]
    pub(crate) console: String,
    /// A launch that has not happened yet; stopping the machine calls it off.
    #[serde(skip)]
    pub(crate) pending_launch: Option<AbortHandle>,
}

impl Instance {
    /// Calls off a launch that has not happened.
    pub(crate) fn cancel_launch(&mut self) {
        if let Some(launch) = self.pending_launch.take() {
            launch.abort();
        }
    }
}
