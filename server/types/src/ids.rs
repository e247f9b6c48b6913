//! Typed ids: a `WorkspaceId` and a `QueueItemId` cannot be swapped by mistake.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares id kinds that share one representation, a UUID, and nothing else.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Reads the one form accepted from callers: 36 characters with dashes, any case.
            pub fn canonical(text: &str) -> Option<Self> {
                (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A workspace: the unit of tenancy below the organisation, one agent each.
    WorkspaceId,
    /// A row of `workspace_auth_tokens`.
    TokenId,
    /// A row of `org_api_tokens`.
    OrgTokenId,
    /// A row of `activity_logs`.
    ActivityId,
    /// A row of `a2a_queue`; the public queue id.
    QueueItemId,
    /// One delegation from a workspace to another.
    DelegationId,
    /// A row of `structure_events`.
    EventId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dashed_form_is_an_id() {
        let id = "0B0E7F6E-1111-4222-8333-444455556666";
        assert_eq!(WorkspaceId::canonical(id).map(|id| id.to_string()), Some(id.to_ascii_lowercase()));
        for bad in [
            "",
            "not-a-uuid",
            "0b0e7f6e111142228333444455556666",
            "{0b0e7f6e-1111-4222-8333-444455556666}",
            "urn:uuid:0b0e7f6e-1111-4222-8333-444455556666",
            " 0b0e7f6e-1111-4222-8333-444455556666",
            "0b0e7f6e-1111-4222-8333-44445555666g",
            "../../etc/passwd/../../../etc/passwd",
        ] {
            assert_eq!(WorkspaceId::canonical(bad), None, "{bad:?}");
        }
    }
}
