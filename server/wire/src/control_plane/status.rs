//! `GET /cp/workspaces/{id}/status?instance_id=i-...`: does the machine of a workspace run?
//!
//! Three outcomes, not two: an unclear answer must never be read as "gone", because "gone" restarts.

use serde::{Deserialize, Serialize};

/// Path of the call, without its query.
#[must_use]
pub fn status_path(workspace_id: &str) -> String {
    format!("/cp/workspaces/{workspace_id}/status")
}

/// Body of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusReply {
    /// Machine state as the control plane names it.
    pub state: String,
}

/// What a clear answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InstanceState {
    /// `running`.
    Running,
    /// Any other state.
    NotRunning,
}

/// No clear answer; the machine counts as alive. Never carries the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatusUnclear {
    /// Not a 2xx.
    #[error("cp provisioner: status: unexpected {0}")]
    Status(u16),
    /// A 2xx whose body is not the contract's object.
    #[error("cp provisioner: status: undecodable answer ({0} bytes)")]
    Undecodable(usize),
}

impl StatusReply {
    /// Judges an answer.
    ///
    /// # Errors
    /// [`StatusUnclear`] on a non-2xx status or an undecodable body.
    pub fn decode(status: u16, body: &[u8]) -> Result<InstanceState, StatusUnclear> {
        if !(200..300).contains(&status) {
            return Err(StatusUnclear::Status(status));
        }
        let reply: Self = serde_json::from_slice(body).map_err(|_| StatusUnclear::Undecodable(body.len()))?;
        Ok(if reply.state == "running" { InstanceState::Running } else { InstanceState::NotRunning })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_decides() {
        assert_eq!(StatusReply::decode(200, br#"{"state":"running"}"#), Ok(InstanceState::Running));
        assert_eq!(StatusReply::decode(200, br#"{"state":"terminated"}"#), Ok(InstanceState::NotRunning));
        assert_eq!(StatusReply::decode(500, br#"{"state":"running"}"#), Err(StatusUnclear::Status(500)));
        assert_eq!(StatusReply::decode(200, b"<html>"), Err(StatusUnclear::Undecodable(6)));
        assert_eq!(StatusReply::decode(200, b"{}"), Err(StatusUnclear::Undecodable(2)));
    }
}
