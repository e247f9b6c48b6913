//! One org: its credentials, its machines, its counts. Nothing here is shared between orgs.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use server_wire::control_plane as wire;

use super::{Counters, Instance};

/// Configuration name that carries the bearer of workspace calls.
const SHARED_SECRET_NAME: &str = "MOLECULE_CP_SHARED_SECRET";

/// One org.
pub(crate) struct Org {
    pub(crate) id: String,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) admin_token: String,
    /// Bearer of this org's workspace calls.
    pub(crate) shared_secret: String,
    /// What `/cp/tenants/config` serves instead of the default.
    config: Option<BTreeMap<String, String>>,
    pub(crate) counters: Counters,
    pub(crate) instances: Vec<Instance>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Org {
    pub(crate) fn new(id: String, slug: String, admin_token: String, shared_secret: String) -> Self {
        let now = Utc::now();
        Self {
            id,
            name: slug.clone(),
            slug,
            admin_token,
            shared_secret,
            config: None,
            counters: Counters::default(),
            instances: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// What the tenant's configuration call serves.
    pub(crate) fn served_config(&self, own_url: &str) -> wire::TenantConfig {
        wire::TenantConfig(self.config.clone().unwrap_or_else(|| {
            BTreeMap::from([
                (SHARED_SECRET_NAME.to_owned(), self.shared_secret.clone()),
                ("MOLECULE_CP_URL".to_owned(), own_url.to_owned()),
            ])
        }))
    }

    /// Replaces the served configuration; a new secret in it is the one accepted from now on.
    pub(crate) fn replace_config(&mut self, config: BTreeMap<String, String>) {
        if let Some(secret) = config.get(SHARED_SECRET_NAME).filter(|secret| !secret.is_empty()) {
            self.shared_secret.clone_from(secret);
        }
        self.config = Some(config);
        self.updated_at = Utc::now();
    }

    pub(crate) fn forget_instances(&mut self) {
        self.instances.iter_mut().for_each(Instance::cancel_launch);
        self.instances.clear();
    }

    /// The newest machine of a workspace.
    pub(crate) fn newest_of(&self, workspace_id: &str) -> Option<&Instance> {
        self.instances.iter().rev().find(|instance| instance.workspace_id == workspace_id)
    }

    pub(crate) fn listed(&self) -> wire::Org {
        let rfc3339 = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        wire::Org {
            id: self.id.clone(),
            slug: self.slug.clone(),
            name: self.name.clone(),
            plan: "free".into(),
            status: "active".into(),
            created_at: rfc3339(self.created_at),
            updated_at: rfc3339(self.updated_at),
        }
    }

    pub(crate) fn admin_listed(&self) -> wire::AdminOrg {
        wire::AdminOrg {
            id: self.id.clone(),
            slug: self.slug.clone(),
            status: "active".into(),
            instance_status: "running".into(),
        }
    }
}
