//! The one helper that builds Redis keys and channels.
//!
//! Redis is shared by tenants: with an organisation every name is `<org>:` + the logical name, so
//! that one UUID in two tenants never shares a URL or a liveness key. No call site formats its own.

use server_types::WorkspaceId;
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};

/// Names of one tenant.
#[derive(Clone, Debug)]
pub struct Keys {
    prefix: String,
}

impl Keys {
    /// The names of `org`; without one the bare logical names.
    pub fn new(org: Option<&str>) -> Self {
        #[cfg(feature = "witness")]
        let org = org.filter(|_| !seams::is_open(Seam::UnscopedRedisKeys));
        Self { prefix: org.map(|org| format!("{org}:")).unwrap_or_default() }
    }

    /// Expires when the workspace stops beating.
    pub fn liveness(&self, id: WorkspaceId) -> String {
        format!("{}ws:{id}", self.prefix)
    }

    /// Where the server reaches the agent.
    pub fn url(&self, id: WorkspaceId) -> String {
        format!("{}ws:{id}:url", self.prefix)
    }

    /// Where other containers reach the agent.
    pub fn internal_url(&self, id: WorkspaceId) -> String {
        format!("{}ws:{id}:internal_url", self.prefix)
    }

    /// The channel of recorded events.
    pub fn events_channel(&self) -> String {
        format!("{}events:broadcast", self.prefix)
    }

    /// The workspace whose liveness key `key` is; `None` for URL keys, foreign prefixes, anything else.
    pub fn workspace_of_liveness(&self, key: &str) -> Option<WorkspaceId> {
        let id = key.strip_prefix(&self.prefix)?.strip_prefix("ws:")?.parse::<WorkspaceId>().ok()?;
        // The UUID parser accepts other spellings; only the one we write is ours.
        (self.liveness(id) == key).then_some(id)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(bits: u128) -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(bits))
    }

    #[test]
    fn the_bare_names_are_the_documented_ones() {
        let keys = Keys::new(None);
        let ws = id(7);
        assert_eq!(keys.liveness(ws), "ws:00000000-0000-0000-0000-000000000007");
        assert_eq!(keys.url(ws), "ws:00000000-0000-0000-0000-000000000007:url");
        assert_eq!(keys.internal_url(ws), "ws:00000000-0000-0000-0000-000000000007:internal_url");
        assert_eq!(keys.events_channel(), "events:broadcast");
        assert_eq!(
            Keys::new(Some("harness-org-alpha")).events_channel(),
            "harness-org-alpha:events:broadcast"
        );
    }

    proptest! {
        #[test]
        fn a_liveness_key_is_read_by_its_own_tenant_alone(bits: u128, org in "[a-z-]{1,12}", other in "[a-z-]{1,12}") {
            let (ours, theirs, bare) = (Keys::new(Some(&org)), Keys::new(Some(&other)), Keys::new(None));
            let key = ours.liveness(id(bits));
            prop_assert_eq!(ours.workspace_of_liveness(&key), Some(id(bits)));
            prop_assert_eq!(bare.workspace_of_liveness(&key), None);
            prop_assert_eq!(theirs.workspace_of_liveness(&key).is_some(), org == other);
        }

        #[test]
        fn url_keys_and_arbitrary_text_are_no_liveness_keys(bits: u128, text in ".{0,60}") {
            let keys = Keys::new(Some("org"));
            prop_assert_eq!(keys.workspace_of_liveness(&keys.url(id(bits))), None);
            prop_assert_eq!(keys.workspace_of_liveness(&keys.internal_url(id(bits))), None);
            prop_assert_eq!(keys.workspace_of_liveness(&text), None);
        }
    }
}
