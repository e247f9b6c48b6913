//! `/cp/workspaces/...`: machines of workspaces, called by tenants.

pub(super) mod deprovision;
pub(super) mod provision;
pub(super) mod status;

use super::query_value;
use crate::reply::Refusal;

/// The machine a call is about, by the name that EC2 would know.
fn instance_id(query: Option<&str>) -> Result<String, Refusal> {
    let id = query_value(query, "instance_id").filter(|id| id.starts_with("i-"));
    id.ok_or(Refusal::Invalid("InvalidInstanceID.Malformed"))
}
