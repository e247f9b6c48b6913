//! Starting and stopping the agent that a provisioned machine would run.
//!
//! The stub knows no agent itself: it asks the agent host, as the real control plane asks a cloud.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use crate::{fault::LaunchMode, stub::Stub};

/// Longest an agent may take to register before an `early` answer is written all the same.
const EARLY_WAIT_MS: u64 = 10_000;
/// Longest a call to the agent host may take.
const HOST_TIMEOUT: Duration = Duration::from_secs(15);
/// Names that choose a launch mode without any fault.
const NAME_PREFIXES: [(&str, LaunchMode); 4] = [
    ("launch-late-", LaunchMode::Late(1000)),
    ("launch-early-", LaunchMode::Early),
    ("launch-never-", LaunchMode::Never),
    ("launch-crash-", LaunchMode::Crash),
];

/// Body of the agent host's spawn call.
#[derive(Clone, Serialize)]
pub(crate) struct Launch {
    pub(crate) workspace_id: String,
    pub(crate) platform_url: String,
    pub(crate) runtime: String,
    pub(crate) env: BTreeMap<String, String>,
    /// A label: agents themselves never learn their org.
    pub(crate) org_id: String,
    pub(crate) instance_id: String,
    /// Answer only once the first registration was answered, or after so many milliseconds.
    wait_registered_ms: u64,
    crash_after_register: bool,
}

impl Launch {
    pub(crate) fn new(request: server_wire::control_plane::ProvisionRequest, instance_id: String) -> Self {
        Self {
            workspace_id: request.workspace_id,
            platform_url: request.platform_url,
            runtime: request.runtime,
            env: request.env,
            org_id: request.org_id,
            instance_id,
            wait_registered_ms: 0,
            crash_after_register: false,
        }
    }
}

/// The mode that a workspace's name asks for.
pub(crate) fn mode_of_name(name: Option<&str>) -> LaunchMode {
    let prefixed = |name: &str| NAME_PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    name.and_then(prefixed).map_or(LaunchMode::Auto, |(_, mode)| *mode)
}

/// Starts the agent as the mode says. Only `early` waits; every other start follows the answer.
pub(crate) async fn launch(stub: &Stub, mut launch: Launch, mode: LaunchMode) {
    let delay_ms = match mode {
        LaunchMode::Never => return,
        LaunchMode::Early => {
            launch.wait_registered_ms = EARLY_WAIT_MS;
            return spawn_agent(stub, &launch).await;
        }
        LaunchMode::Auto => stub.config().launch_delay_ms,
        LaunchMode::Late(delay_ms) => delay_ms,
        LaunchMode::Crash => {
            launch.crash_after_register = true;
            stub.config().launch_delay_ms
        }
    };
    let instance_id = launch.instance_id.clone();
    let later = stub.clone();
    let task = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        spawn_agent(&later, &launch).await;
    });
    if let Some(instance) = stub.state().orgs.instance_mut(&instance_id) {
        instance.pending_launch = Some(task.abort_handle());
    }
}

async fn spawn_agent(stub: &Stub, launch: &Launch) {
    let Some(agents_url) = &stub.config().agents_url else { return };
    let call = stub.http().post(format!("{agents_url}/__agent/agents")).timeout(HOST_TIMEOUT).json(launch);
    let failure = match call.send().await {
        Ok(reply) if reply.status().is_success() => return,
        Ok(reply) => format!("agent host answered {}", reply.status().as_u16()),
        Err(error) => format!("agent host unreachable: {}", error.without_url()),
    };
    let line = format!("launch of {} failed: {failure}", launch.workspace_id);
    tracing::error!("{line}");
    stub.state().launch_failures.push(line);
}

/// Stops the agent of one machine. An agent that already belongs to a newer machine is left alone
/// by the host, and an agent that is gone is what was wanted.
pub(crate) async fn stop_agent(stub: &Stub, workspace_id: &str, org_id: &str, instance_id: &str) {
    let Some(agents_url) = &stub.config().agents_url else { return };
    let call = stub
        .http()
        .delete(format!("{agents_url}/__agent/agents/{workspace_id}"))
        .query(&[("org", org_id), ("instance_id", instance_id)])
        .timeout(HOST_TIMEOUT);
    if let Err(error) = call.send().await {
        tracing::error!("stop of {workspace_id} failed: {}", error.without_url());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_chooses_its_launch_mode() {
        assert_eq!(mode_of_name(None), LaunchMode::Auto);
        assert_eq!(mode_of_name(Some("alpha-parent")), LaunchMode::Auto);
        assert_eq!(mode_of_name(Some("launch-never-1")), LaunchMode::Never);
        assert_eq!(mode_of_name(Some("launch-crash-x")), LaunchMode::Crash);
    }
}
