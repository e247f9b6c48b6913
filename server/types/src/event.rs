//! The names of events the server announces.

/// Declares the closed set of event names once: variant, wire word.
macro_rules! events {
    ($($variant:ident = $word:literal),+ $(,)?) => {
        /// What happened, as sent on WebSocket, SSE and Redis and stored in `structure_events`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "the wire word beside each variant is its meaning")]
        pub enum EventName { $($variant),+ }

        impl EventName {
            /// Every event name.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The wire word.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

events! {
    WorkspaceProvisioning = "WORKSPACE_PROVISIONING",
    WorkspaceOnline = "WORKSPACE_ONLINE",
    WorkspaceOffline = "WORKSPACE_OFFLINE",
    WorkspaceAwaitingAgent = "WORKSPACE_AWAITING_AGENT",
    WorkspaceDegraded = "WORKSPACE_DEGRADED",
    WorkspaceProvisionFailed = "WORKSPACE_PROVISION_FAILED",
    WorkspacePaused = "WORKSPACE_PAUSED",
    WorkspaceHibernated = "WORKSPACE_HIBERNATED",
    WorkspaceRemoved = "WORKSPACE_REMOVED",
    AgentCardUpdated = "AGENT_CARD_UPDATED",
    WorkspaceHeartbeat = "WORKSPACE_HEARTBEAT",
    TaskUpdated = "TASK_UPDATED",
    ActivityLogged = "ACTIVITY_LOGGED",
    AgentMessage = "AGENT_MESSAGE",
    A2aResponse = "A2A_RESPONSE",
}
