//! Counts of calls, for all orgs together and for each.

use http::Method;
use serde::Serialize;

/// Different unknown routes that are kept by name.
const UNKNOWN_ROUTES_MAX: usize = 100;

/// A call that has a counter of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Provision,
    TenantsConfig,
    Deprovision,
    Status,
    Console,
    Auth,
    BootEvent,
    RedeployFleet,
}

impl Call {
    /// Which counter a request belongs to, judged by its line alone: a faulted call counts too.
    pub(crate) fn of(method: &Method, path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("POST", ["cp", "workspaces", "provision"]) => Some(Self::Provision),
            ("GET", ["cp", "tenants", "config"]) => Some(Self::TenantsConfig),
            ("DELETE", ["cp", "workspaces", _]) => Some(Self::Deprovision),
            ("GET", ["cp", "workspaces", _, "status"]) => Some(Self::Status),
            ("GET", ["cp", "admin", "workspaces", _, "console"]) => Some(Self::Console),
            (_, ["cp", "auth", _]) => Some(Self::Auth),
            ("POST", ["cp", "tenants", "boot-event"]) => Some(Self::BootEvent),
            ("POST", ["cp", "admin", "tenants", "redeploy-fleet"]) => Some(Self::RedeployFleet),
            _ => None,
        }
    }
}

/// The counts.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Counters {
    provision_calls: u64,
    tenants_config_calls: u64,
    deprovision_calls: u64,
    status_calls: u64,
    console_calls: u64,
    auth_calls: u64,
    boot_event_calls: u64,
    redeploy_fleet_calls: u64,
    unauthorized_calls: u64,
    unknown_calls: u64,
    unknown_routes: Vec<String>,
}

impl Counters {
    pub(crate) fn add(&mut self, call: Call) {
        let counter = match call {
            Call::Provision => &mut self.provision_calls,
            Call::TenantsConfig => &mut self.tenants_config_calls,
            Call::Deprovision => &mut self.deprovision_calls,
            Call::Status => &mut self.status_calls,
            Call::Console => &mut self.console_calls,
            Call::Auth => &mut self.auth_calls,
            Call::BootEvent => &mut self.boot_event_calls,
            Call::RedeployFleet => &mut self.redeploy_fleet_calls,
        };
        *counter += 1;
    }

    pub(crate) fn add_unauthorized(&mut self) {
        self.unauthorized_calls += 1;
    }

    pub(crate) fn add_unknown(&mut self, route: &str) {
        self.unknown_calls += 1;
        if self.unknown_routes.len() < UNKNOWN_ROUTES_MAX && !self.unknown_routes.iter().any(|r| r == route) {
            self.unknown_routes.push(route.to_owned());
        }
    }
}
