//! `get_workspace_info`: the platform's record of this workspace.

use http::Method;

use super::{Told, ask::ask};
use crate::agent::{platform::Caller, standin::Agent};

pub(super) async fn run(agent: &Agent, caller: &Caller) -> Told {
    let path = format!("/workspaces/{}", caller.workspace_id);
    let answered = match ask(caller, &path, caller.request(&agent.http(), Method::GET, &path)).await {
        Ok(answered) => answered,
        Err(reason) => return Told::failed(reason),
    };
    match (answered.status, &answered.json) {
        (200, Some(info)) => Told::done(format!("{info:#}"), info.clone()),
        (200, None) => Told::failed("HTTP 200, but the platform's answer is not JSON."),
        // Removed is not "not found": the way out is another one.
        _ => Told::failed(answered.failure(&caller.workspace_id)),
    }
}
