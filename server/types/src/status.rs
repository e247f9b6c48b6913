//! The workspace status machine.

use serde::{Deserialize, Serialize};

/// Where a workspace stands; equals the Postgres enum `workspace_status`, both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "workspace_status", rename_all = "snake_case")]
pub enum WorkspaceStatus {
    /// Row exists, backend being created or recreated.
    Provisioning,
    /// Agent registered and heartbeating.
    Online,
    /// Agent gone.
    Offline,
    /// Heartbeating, but failing or wedged.
    Degraded,
    /// Provisioning did not complete.
    Failed,
    /// Soft-delete tombstone; no way out.
    Removed,
    /// Operator suspended.
    Paused,
    /// Claimed for hibernation, stop in flight.
    Hibernating,
    /// Stopped for idleness, wakes on a message.
    Hibernated,
    /// External workspace waiting for its agent.
    AwaitingAgent,
}

impl WorkspaceStatus {
    /// Every status, in the order of the Postgres enum.
    pub const ALL: [Self; 10] = [
        Self::Provisioning,
        Self::Online,
        Self::Offline,
        Self::Degraded,
        Self::Failed,
        Self::Removed,
        Self::Paused,
        Self::Hibernated,
        Self::AwaitingAgent,
        Self::Hibernating,
    ];

    /// The wire and database word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "provisioning",
            Self::Online => "online",
            Self::Offline => "offline",
            Self::Degraded => "degraded",
            Self::Failed => "failed",
            Self::Removed => "removed",
            Self::Paused => "paused",
            Self::Hibernating => "hibernating",
            Self::Hibernated => "hibernated",
            Self::AwaitingAgent => "awaiting_agent",
        }
    }
}
