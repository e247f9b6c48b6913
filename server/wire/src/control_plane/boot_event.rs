//! `POST /cp/tenants/boot-event`: a tenant's machine reports how far its boot came.
//!
//! Refused with 401 until the row with the tenant's admin token is stored; that race once kept every
//! new tenant stuck.

use serde::{Deserialize, Serialize};

/// Path of the call.
pub const BOOT_EVENT_PATH: &str = "/cp/tenants/boot-event";

/// Body of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEvent {
    /// Stage of the boot, e.g. `docker_ready`.
    pub event: String,
    /// Free text about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// Body of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BootEventAck {
    /// Always true.
    pub ok: bool,
}
