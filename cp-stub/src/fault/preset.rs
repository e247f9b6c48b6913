//! Faults with a name, each from an incident.

use serde_json::{Value, json};

use super::{Action, Match};

/// A named fault.
pub(crate) struct Preset {
    pub(crate) name: &'static str,
    method: &'static str,
    path: &'static str,
    action: fn() -> Value,
}

const PROVISION: &str = "/cp/workspaces/provision";
const WORKSPACE: &str = "/cp/workspaces/*";
const STATUS: &str = "/cp/workspaces/*/status";

/// All of them.
pub(crate) const PRESETS: [Preset; 7] = [
    // #2863: the production control plane refused a bearer that was never sent.
    Preset { name: "prod-401-empty", method: "POST", path: PROVISION, action: || json!({"status": 401}) },
    // #2873: a success of another shape, 132 bytes like the one that stalled every workspace.
    Preset {
        name: "ok-200-wrong-shape",
        method: "POST",
        path: PROVISION,
        action: || json!({"status": 200, "headers": {"content-type": "application/json"}, "body": WRONG_SHAPE}),
    },
    // #1206: details of the machine that must reach no user.
    Preset {
        name: "leaky-500",
        method: "POST",
        path: PROVISION,
        action: || json!({"status": 500, "body": {"error": LEAK}}),
    },
    // #2500: a refused stop that leaves a machine running.
    Preset {
        name: "aws-5xx-on-delete",
        method: "DELETE",
        path: WORKSPACE,
        action: || json!({"status": 502, "body": {"error": "TerminateInstances: RequestLimitExceeded (503)"}}),
    },
    Preset {
        name: "delete-slow-20s",
        method: "DELETE",
        path: WORKSPACE,
        action: || json!({"delay_ms": 20_000}),
    },
    Preset {
        name: "status-500",
        method: "GET",
        path: STATUS,
        action: || json!({"status": 500, "body": {"error": "internal error"}}),
    },
    Preset { name: "status-timeout", method: "GET", path: STATUS, action: || json!({"hang": true}) },
];

const WRONG_SHAPE: &str = r#"{"ok":true,"workspace_id":"00000000-0000-4000-8000-000000000000","status":"provisioning","phase":"start","url":"http://10.0.0.9:80"}"#;
const LEAK: &str = "RunInstances failed: machine_type=t3.large ami=ami-0abc1234def567890 vpc=vpc-0123456789abcdef0 subnet=subnet-0fedcba9876543210 Authorization: Bearer sk-live-4f9a8b7c6d5e4f3a2b1c";

pub(super) fn find(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name)
}

impl Preset {
    pub(super) fn matching(&self) -> Match {
        Match { method: Some(self.method.into()), path: Some(self.path.into()), ..Match::default() }
    }

    pub(super) fn action(&self) -> Action {
        serde_json::from_value((self.action)()).expect("presets are valid actions, as a test shows")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_a_valid_fault() {
        for preset in &PRESETS {
            preset.action();
            assert!(preset.matching().path.is_some(), "{}", preset.name);
        }
    }

    #[test]
    fn the_wrong_shape_has_the_size_of_the_incident() {
        assert_eq!(WRONG_SHAPE.len(), 132);
    }
}
