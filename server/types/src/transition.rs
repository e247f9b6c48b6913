//! The one total function of the status machine: what each trigger does to each status.
//!
//! Writers never choose a status of their own: they name a [`Trigger`], the guard of the `UPDATE` is
//! [`Trigger::sources`] and the new value [`Trigger::target`], both read off [`next`].

use crate::WorkspaceStatus;

/// Why a workspace changes its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// Created as external, with a URL.
    ExternalCreatedWithUrl,
    /// Created as external, no URL yet.
    ExternalCreatedWithoutUrl,
    /// The agent registered.
    Registered,
    /// A heartbeat of a workspace that was thought gone or not yet there.
    HeartbeatRecovered,
    /// The heartbeat says the runtime is wedged.
    HeartbeatWedged,
    /// The heartbeat's error rate reached the limit.
    HeartbeatFailing,
    /// The heartbeat's error rate fell below the recovery limit.
    HeartbeatHealthy,
    /// The container or machine is gone: health sweep, or a dead upstream.
    BackendGone,
    /// The liveness key of a workspace with a backend expired.
    LivenessExpired,
    /// The liveness key of an external workspace expired.
    ExternalLivenessExpired,
    /// An external workspace stopped beating.
    ExternalStale,
    /// Nobody registered before the deadline.
    ProvisionTimedOut,
    /// The machine reported that its boot failed.
    BootstrapFailed,
    /// Provisioning gave up.
    ProvisionAborted,
    /// An operator asked for a restart.
    RestartRequested,
    /// The server restarts by itself.
    AutoRestart,
    /// A message for a hibernated workspace.
    Woken,
    /// An operator ends the pause.
    Resumed,
    /// An operator pauses.
    PauseRequested,
    /// The hibernation monitor, or an operator, claims the workspace.
    HibernationClaimed,
    /// The claimed workspace's backend stopped.
    HibernationDone,
    /// Deleted, alone or with its parent.
    Deleted,
}

/// The trigger does not apply to this status: nothing is written, nothing is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{trigger:?} does not apply to {status:?}")]
pub struct Refused {
    /// The status as it stays.
    pub status: WorkspaceStatus,
    /// The trigger that was refused.
    pub trigger: Trigger,
}

impl Trigger {
    /// Every trigger.
    pub const ALL: [Self; 22] = [
        Self::ExternalCreatedWithUrl,
        Self::ExternalCreatedWithoutUrl,
        Self::Registered,
        Self::HeartbeatRecovered,
        Self::HeartbeatWedged,
        Self::HeartbeatFailing,
        Self::HeartbeatHealthy,
        Self::BackendGone,
        Self::LivenessExpired,
        Self::ExternalLivenessExpired,
        Self::ExternalStale,
        Self::ProvisionTimedOut,
        Self::BootstrapFailed,
        Self::ProvisionAborted,
        Self::RestartRequested,
        Self::AutoRestart,
        Self::Woken,
        Self::Resumed,
        Self::PauseRequested,
        Self::HibernationClaimed,
        Self::HibernationDone,
        Self::Deleted,
    ];

    /// The status this trigger leads to, from wherever it applies.
    pub fn target(self) -> WorkspaceStatus {
        use WorkspaceStatus as S;
        match self {
            Self::ExternalCreatedWithUrl
            | Self::Registered
            | Self::HeartbeatRecovered
            | Self::HeartbeatHealthy => S::Online,
            Self::ExternalCreatedWithoutUrl | Self::ExternalLivenessExpired | Self::ExternalStale => {
                S::AwaitingAgent
            }
            Self::HeartbeatWedged | Self::HeartbeatFailing => S::Degraded,
            Self::BackendGone | Self::LivenessExpired => S::Offline,
            Self::ProvisionTimedOut | Self::BootstrapFailed | Self::ProvisionAborted => S::Failed,
            Self::RestartRequested | Self::AutoRestart | Self::Woken | Self::Resumed => S::Provisioning,
            Self::PauseRequested => S::Paused,
            Self::HibernationClaimed => S::Hibernating,
            Self::HibernationDone => S::Hibernated,
            Self::Deleted => S::Removed,
        }
    }

    /// The statuses this trigger applies to: the guard of every write.
    pub fn sources(self) -> Vec<WorkspaceStatus> {
        WorkspaceStatus::ALL.into_iter().filter(|status| next(*status, self).is_ok()).collect()
    }
}

/// What `trigger` makes of `status`.
///
/// # Errors
/// [`Refused`] where the machine has no such edge; `removed` has none at all.
pub fn next(status: WorkspaceStatus, trigger: Trigger) -> Result<WorkspaceStatus, Refused> {
    if applies(status, trigger) { Ok(trigger.target()) } else { Err(Refused { status, trigger }) }
}

fn applies(status: WorkspaceStatus, trigger: Trigger) -> bool {
    use WorkspaceStatus as S;
    match trigger {
        Trigger::Registered | Trigger::Deleted => status != S::Removed,
        Trigger::PauseRequested => !matches!(status, S::Removed | S::Paused),
        Trigger::ExternalCreatedWithUrl
        | Trigger::ExternalCreatedWithoutUrl
        | Trigger::ProvisionTimedOut
        | Trigger::BootstrapFailed
        | Trigger::ProvisionAborted => status == S::Provisioning,
        Trigger::HeartbeatRecovered => matches!(status, S::Offline | S::Provisioning | S::AwaitingAgent),
        Trigger::HeartbeatWedged | Trigger::HeartbeatFailing => status == S::Online,
        Trigger::HeartbeatHealthy => status == S::Degraded,
        Trigger::BackendGone
        | Trigger::LivenessExpired
        | Trigger::ExternalLivenessExpired
        | Trigger::ExternalStale
        | Trigger::HibernationClaimed => matches!(status, S::Online | S::Degraded),
        Trigger::RestartRequested => matches!(
            status,
            S::Online | S::Offline | S::Degraded | S::Failed | S::Provisioning | S::Hibernated
        ),
        Trigger::AutoRestart => {
            matches!(status, S::Online | S::Offline | S::Degraded | S::Failed | S::Provisioning)
        }
        Trigger::Woken => status == S::Hibernated,
        Trigger::Resumed => status == S::Paused,
        Trigger::HibernationDone => status == S::Hibernating,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn triggers() -> impl Strategy<Value = Vec<Trigger>> {
        prop::collection::vec(prop::sample::select(Trigger::ALL.to_vec()), 0..40)
    }

    proptest! {
        /// Ledger: REG-110.
        #[test]
        fn no_sequence_of_triggers_leaves_removed(before in triggers(), after in triggers()) {
            let run = |start, list: &[Trigger]| {
                list.iter().fold(start, |status, trigger| next(status, *trigger).unwrap_or(status))
            };
            let removed = next(run(WorkspaceStatus::Provisioning, &before), Trigger::Deleted)
                .unwrap_or(WorkspaceStatus::Removed);
            prop_assert_eq!(run(removed, &after), WorkspaceStatus::Removed);
        }
    }

    #[test]
    fn a_beat_changes_nothing_that_an_operator_or_a_failure_decided() {
        use WorkspaceStatus as S;
        for status in [S::Paused, S::Hibernated, S::Hibernating, S::Failed, S::Removed] {
            for trigger in [
                Trigger::HeartbeatRecovered,
                Trigger::HeartbeatWedged,
                Trigger::HeartbeatFailing,
                Trigger::HeartbeatHealthy,
                Trigger::LivenessExpired,
                Trigger::ExternalLivenessExpired,
            ] {
                assert!(next(status, trigger).is_err(), "{trigger:?} moved {status:?}");
            }
        }
    }

    #[test]
    fn every_status_but_the_first_can_be_reached() {
        for status in WorkspaceStatus::ALL {
            assert!(Trigger::ALL.iter().any(|t| t.target() == status && !t.sources().is_empty()));
        }
    }

    #[test]
    fn a_hibernated_workspace_wakes_though_the_server_never_restarts_it_by_itself() {
        assert!(next(WorkspaceStatus::Hibernated, Trigger::AutoRestart).is_err());
        assert_eq!(next(WorkspaceStatus::Hibernated, Trigger::Woken), Ok(WorkspaceStatus::Provisioning));
    }
}
