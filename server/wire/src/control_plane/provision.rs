//! `POST /cp/workspaces/provision`: asks for a machine that runs one workspace's agent.
//!
//! Success is exactly 201. A stub that answered 200 with another shape once kept every workspace
//! from starting (#2873), so any other status is a failure here, whatever its body says.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use super::failure_text;

/// Path of the call.
pub const PROVISION_PATH: &str = "/cp/workspaces/provision";
/// Most bytes of the reply a client reads.
pub const PROVISION_BYTES_MAX: usize = 64 * 1024;
const CREATED: u16 = 201;

/// Body of the request.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProvisionRequest {
    /// Org the workspace belongs to.
    pub org_id: String,
    /// The workspace.
    pub workspace_id: String,
    /// Runtime the machine shall run, e.g. `claude-code`.
    pub runtime: String,
    /// Size class.
    pub tier: i32,
    /// Where the agent reaches its platform.
    pub platform_url: String,
    /// Environment of the agent; values are secrets.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
}

/// Names of the environment only: its values are the workspace's secrets.
impl fmt::Debug for ProvisionRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProvisionRequest")
            .field("org_id", &self.org_id)
            .field("workspace_id", &self.workspace_id)
            .field("runtime", &self.runtime)
            .field("tier", &self.tier)
            .field("platform_url", &self.platform_url)
            .field("env", &self.env.keys())
            .finish()
    }
}

/// Body of the reply, on success and on failure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProvisionReply {
    /// Machine id, `i-...`.
    pub instance_id: String,
    /// Address inside the private network.
    pub private_ip: String,
    /// Machine state, e.g. `running`.
    pub state: String,
    /// Why it failed; absent on success.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// A start that succeeded: the id is known to be non-empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioned {
    /// Machine id, `i-...`.
    pub instance_id: String,
    /// Address inside the private network.
    pub private_ip: String,
    /// Machine state as the control plane names it.
    pub state: String,
}

/// A start that did not succeed. The texts are for logs, never for a public answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProvisionRefused {
    /// Any status but 201, or a 201 that is not the contract's object.
    #[error("cp provisioner: provision failed ({status}): {text}")]
    Failed {
        /// Status of the answer.
        status: u16,
        /// The `error` field, or the size of the body.
        text: String,
    },
    /// A 201 without a machine id: nothing could ever stop such a machine.
    #[error("cp provisioner: provision failed (201): no instance_id in the answer")]
    NoInstanceId,
}

impl ProvisionReply {
    /// Judges an answer by the 201 contract.
    ///
    /// # Errors
    /// [`ProvisionRefused`] unless the status is 201 and the body names a machine.
    pub fn decode(status: u16, body: &[u8]) -> Result<Provisioned, ProvisionRefused> {
        let failed = || ProvisionRefused::Failed { status, text: failure_text(body) };
        if status != CREATED {
            return Err(failed());
        }
        let reply: Self = serde_json::from_slice(body).map_err(|_| failed())?;
        if reply.instance_id.is_empty() {
            return Err(ProvisionRefused::NoInstanceId);
        }
        Ok(Provisioned { instance_id: reply.instance_id, private_ip: reply.private_ip, state: reply.state })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: HARN-004.
    #[test]
    fn only_a_201_that_names_a_machine_is_a_start() {
        let good = br#"{"instance_id":"i-1","private_ip":"10.0.1.2","state":"running"}"#;
        assert_eq!(ProvisionReply::decode(201, good).expect("created").instance_id, "i-1");
        let text = |status, body: &[u8]| ProvisionReply::decode(status, body).unwrap_err().to_string();
        assert_eq!(text(200, good), "cp provisioner: provision failed (200): <unstructured body, 63 bytes>");
        assert_eq!(text(401, b""), "cp provisioner: provision failed (401): <unstructured body, 0 bytes>");
        assert_eq!(
            text(500, br#"{"error":"no capacity"}"#),
            "cp provisioner: provision failed (500): no capacity"
        );
        assert_eq!(text(201, b"{"), "cp provisioner: provision failed (201): <unstructured body, 1 bytes>");
        assert_eq!(
            text(201, br#"{"state":"running"}"#),
            "cp provisioner: provision failed (201): no instance_id in the answer"
        );
    }

    #[test]
    fn debug_output_of_a_request_names_variables_but_not_their_values() {
        let request = ProvisionRequest {
            org_id: "o".into(),
            workspace_id: "w".into(),
            runtime: "claude-code".into(),
            tier: 2,
            platform_url: "http://p".into(),
            env: BTreeMap::from([("API_KEY".into(), "hush".into())]),
        };
        let shown = format!("{request:?}");
        assert!(shown.contains("API_KEY") && !shown.contains("hush"), "{shown}");
    }
}
