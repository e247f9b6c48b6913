//! Which calls a fault is meant for.

use serde::{Deserialize, Serialize};

use super::PathPattern;

/// What a fault looks at.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallFacts {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) org_id: Option<String>,
    pub(crate) workspace_id: Option<String>,
    pub(crate) workspace_name: Option<String>,
}

/// All named conditions must hold; an absent one always does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// A path with `*` for one segment and `**` for anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) org_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace_id: Option<String>,
    /// Start of the workspace's name, as far as a provision request tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) workspace_name_prefix: Option<String>,
    /// First matching call that is hit, from 1; alone it means that call only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nth: Option<u64>,
    /// How many calls are hit; without it all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) count: Option<u64>,
}

impl Match {
    /// Whether the call is one of those meant, leaving `nth` and `count` aside.
    pub(crate) fn covers(&self, call: &CallFacts) -> bool {
        let same = |wanted: &Option<String>, found: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| found.as_ref() == Some(wanted))
        };
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&call.method))
            && self.path.as_ref().is_none_or(|path| PathPattern::new(path).matches(&call.path))
            && same(&self.org_id, &call.org_id)
            && same(&self.workspace_id, &call.workspace_id)
            && self.workspace_name_prefix.as_ref().is_none_or(|prefix| {
                call.workspace_name.as_ref().is_some_and(|name| name.starts_with(prefix.as_str()))
            })
    }

    /// How many calls may be hit at most; none is no limit.
    pub(crate) fn limit(&self) -> Option<u64> {
        self.count.or(self.nth.map(|_| 1))
    }

    /// Own conditions first, the other's where there is none.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            method: self.method.or_else(|| other.method.clone()),
            path: self.path.or_else(|| other.path.clone()),
            org_id: self.org_id.or_else(|| other.org_id.clone()),
            workspace_id: self.workspace_id.or_else(|| other.workspace_id.clone()),
            workspace_name_prefix: self.workspace_name_prefix.or_else(|| other.workspace_name_prefix.clone()),
            nth: self.nth.or(other.nth),
            count: self.count.or(other.count),
        }
    }
}
