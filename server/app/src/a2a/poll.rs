//! A target that polls: the message becomes a row, and the agent fetches it.
//!
//! The row is committed before the sender is told "queued". A lookup that fails, or a mode nobody
//! knows, means push: a wrong push is loud and can be repeated, a wrong poll drops the message.

use server_store::a2a::target::Target;
use server_types::{DeliveryMode, WorkspaceStatus};

use super::{SendError, attempt::Attempt};
use crate::{App, activity};

/// How messages reach the target; everything uncertain is push.
pub(super) fn delivery_mode(row: Option<&Target>) -> DeliveryMode {
    let known = row.filter(|row| row.status != WorkspaceStatus::Removed);
    let word = known.and_then(|row| row.delivery_mode.as_deref());
    word.and_then(DeliveryMode::parse).unwrap_or(DeliveryMode::Push)
}

/// Keeps the message for the agent's next poll; the row is the delivery, so it is always written.
pub(super) async fn keep(app: &App, attempt: &Attempt) -> Result<(), SendError> {
    let row = attempt.row(format!("{} (queued for poll)", attempt.headline()));
    activity::record(app, row).await.map_err(|error| {
        tracing::error!(target = %attempt.target, %error, "poll delivery: row not written");
        SendError::PollNotStored
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: WorkspaceStatus, mode: Option<&str>) -> Target {
        Target {
            name: "w".into(),
            url: None,
            status,
            delivery_mode: mode.map(str::to_owned),
            runtime: None,
            budget_limit: None,
            monthly_spend: 0,
        }
    }

    /// Ledger: A2A-10.
    #[test]
    fn only_a_certain_poll_is_a_poll() {
        assert_eq!(delivery_mode(Some(&row(WorkspaceStatus::Online, Some("poll")))), DeliveryMode::Poll);
        let pushes = [
            None,
            Some(row(WorkspaceStatus::Removed, Some("poll"))),
            Some(row(WorkspaceStatus::Online, None)),
            Some(row(WorkspaceStatus::Online, Some("push"))),
            Some(row(WorkspaceStatus::Online, Some("POLL"))),
            Some(row(WorkspaceStatus::Online, Some("carrier-pigeon"))),
        ];
        for target in pushes {
            assert_eq!(delivery_mode(target.as_ref()), DeliveryMode::Push, "{target:?}");
        }
    }
}
