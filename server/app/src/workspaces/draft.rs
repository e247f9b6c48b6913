//! A create request: its shape, and every check that must pass before anything is written.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use server_store::workspaces::facts::EXTERNAL;
use server_types::{DeliveryMode, WorkspaceId};

use super::{
    fields::{self, WorkspaceAccess},
    memory_seeds::MemorySeed,
};
use crate::templates::TemplateName;

/// Size class of a workspace that names none.
const TIER_DEFAULT: i32 = 3;

/// The body of `POST /workspaces`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields of the contract, named as there")]
pub struct Payload {
    pub name: String,
    pub role: Option<String>,
    pub template: Option<String>,
    pub tier: Option<i32>,
    pub model: Option<String>,
    pub runtime: Option<String>,
    pub external: Option<bool>,
    pub url: Option<String>,
    pub delivery_mode: Option<String>,
    pub workspace_dir: Option<String>,
    pub workspace_access: Option<String>,
    pub parent_id: Option<String>,
    pub budget_limit: Option<i64>,
    pub max_concurrent_tasks: Option<i32>,
    pub hibernation_idle_minutes: Option<i32>,
    pub secrets: Option<BTreeMap<String, SecretString>>,
    pub canvas: Option<Canvas>,
    pub initial_memories: Option<Vec<MemorySeed>>,
}

/// Where to draw the workspace.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Canvas {
    /// Across.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// Which check failed; `Display` is the public text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DraftRefused {
    /// Not the shape of a request.
    #[error("invalid workspace payload")]
    Payload,
    /// A field breaks its rule.
    #[error("invalid workspace fields")]
    Fields,
    /// Neither push nor poll.
    #[error("delivery_mode must be 'push' or 'poll'")]
    DeliveryMode,
    /// The template leaves its folder.
    #[error("invalid template")]
    Template,
    /// The directory must not be mounted.
    #[error("invalid workspace directory")]
    Directory,
    /// Unknown access, or access without a directory.
    #[error("invalid workspace access")]
    Access,
}

/// A request that passed every check.
#[derive(Debug)]
#[allow(missing_docs, reason = "the fields of the request, in their final types")]
pub struct Draft {
    pub name: String,
    pub role: Option<String>,
    pub template: Option<TemplateName>,
    pub tier: i32,
    pub model: Option<String>,
    pub runtime: Option<String>,
    pub external: bool,
    pub url: Option<String>,
    pub delivery_mode: Option<DeliveryMode>,
    pub workspace_dir: Option<String>,
    pub workspace_access: WorkspaceAccess,
    pub parent_id: Option<WorkspaceId>,
    pub budget_limit: Option<i64>,
    pub max_concurrent_tasks: i32,
    pub hibernation_idle_minutes: Option<i32>,
    pub secrets: BTreeMap<String, SecretString>,
    pub canvas: Canvas,
    pub initial_memories: Vec<MemorySeed>,
}

impl Draft {
    /// Checks a request, in the order of the contract.
    ///
    /// # Errors
    /// The first check that fails.
    pub fn check(payload: Payload) -> Result<Self, DraftRefused> {
        let parent_id = parse_parent(payload.parent_id.as_deref())?;
        if payload.name.is_empty() {
            return Err(DraftRefused::Payload);
        }
        check_fields(&payload)?;
        let said = parse_delivery_mode(payload.delivery_mode.as_deref())?;
        let template = TemplateName::parse(payload.template.as_deref().unwrap_or_default())
            .map_err(|_| DraftRefused::Template)?;
        let workspace_dir = filled(payload.workspace_dir);
        if workspace_dir.as_deref().is_some_and(|dir| !fields::is_mountable(dir)) {
            return Err(DraftRefused::Directory);
        }
        let workspace_access =
            WorkspaceAccess::parse(payload.workspace_access.as_deref().unwrap_or_default())
                .filter(|access| *access == WorkspaceAccess::None || workspace_dir.is_some())
                .ok_or(DraftRefused::Access)?;
        let external = payload.external == Some(true) || payload.runtime.as_deref() == Some(EXTERNAL);
        let url = filled(payload.url).filter(|_| external);
        Ok(Self {
            name: payload.name,
            role: filled(payload.role),
            template,
            tier: payload.tier.filter(|tier| *tier != 0).unwrap_or(TIER_DEFAULT),
            model: filled(payload.model),
            runtime: filled(payload.runtime),
            external,
            // An external agent without an address has not said how it wants its messages.
            delivery_mode: said.or((!external || url.is_some()).then_some(DeliveryMode::Push)),
            url,
            workspace_dir,
            workspace_access,
            parent_id,
            budget_limit: payload.budget_limit,
            max_concurrent_tasks: payload.max_concurrent_tasks.unwrap_or(1).max(1),
            hibernation_idle_minutes: payload.hibernation_idle_minutes.filter(|minutes| *minutes > 0),
            secrets: payload.secrets.unwrap_or_default(),
            canvas: payload.canvas.unwrap_or_default(),
            initial_memories: payload.initial_memories.unwrap_or_default(),
        })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn parse_parent(text: Option<&str>) -> Result<Option<WorkspaceId>, DraftRefused> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => WorkspaceId::canonical(text).map(Some).ok_or(DraftRefused::Payload),
    }
}

fn check_fields(payload: &Payload) -> Result<(), DraftRefused> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let checks = [
        fields::name(&payload.name),
        fields::role(&text(&payload.role)),
        fields::model(&text(&payload.model)),
        fields::runtime(&text(&payload.runtime)),
    ];
    let idle_is_negative = payload.hibernation_idle_minutes.is_some_and(|minutes| minutes < 0);
    if checks.iter().any(Result::is_err) || idle_is_negative { Err(DraftRefused::Fields) } else { Ok(()) }
}

/// Reads a delivery mode; an empty word says nothing.
///
/// # Errors
/// Any other word.
pub fn parse_delivery_mode(word: Option<&str>) -> Result<Option<DeliveryMode>, DraftRefused> {
    match word {
        None | Some("") => Ok(None),
        Some(word) => DeliveryMode::parse(word).map(Some).ok_or(DraftRefused::DeliveryMode),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(body: serde_json::Value) -> Result<Draft, DraftRefused> {
        Draft::check(serde_json::from_value(body).map_err(|_| DraftRefused::Payload)?)
    }

    #[test]
    fn the_first_broken_rule_answers() {
        for (body, refused) in [
            (json!({}), DraftRefused::Payload),
            (json!({"name": ""}), DraftRefused::Payload),
            (json!({"name": 7}), DraftRefused::Payload),
            (json!({"name": "a", "tier": "2"}), DraftRefused::Payload),
            (json!({"name": "a", "parent_id": "nobody"}), DraftRefused::Payload),
            (json!({"name": "a{b", "delivery_mode": "fax"}), DraftRefused::Fields),
            (json!({"name": "a", "role": "x\ny"}), DraftRefused::Fields),
            (json!({"name": "a", "model": "x\ny"}), DraftRefused::Fields),
            (json!({"name": "a", "delivery_mode": "fax", "template": "../x"}), DraftRefused::DeliveryMode),
            (json!({"name": "a", "template": "/etc", "workspace_dir": "x"}), DraftRefused::Template),
            (json!({"name": "a", "template": "../x"}), DraftRefused::Template),
            (json!({"name": "a", "workspace_dir": "x", "workspace_access": "all"}), DraftRefused::Directory),
            (json!({"name": "a", "workspace_access": "all"}), DraftRefused::Access),
            (json!({"name": "a", "workspace_access": "read_only"}), DraftRefused::Access),
        ] {
            assert_eq!(check(body.clone()).err(), Some(refused), "{body}");
        }
    }

    #[test]
    fn omitted_fields_take_their_defaults() {
        let draft =
            check(json!({"name": "a", "role": "", "tier": 0, "max_concurrent_tasks": 0})).expect("valid");
        assert_eq!((draft.tier, draft.max_concurrent_tasks, draft.role), (3, 1, None));
        assert_eq!(draft.delivery_mode, Some(DeliveryMode::Push));
        assert_eq!(draft.workspace_access, WorkspaceAccess::None);
        assert!(!draft.external);
    }

    #[test]
    fn an_external_agent_without_an_address_leaves_the_mode_open() {
        let mode = |body| check(body).expect("valid").delivery_mode;
        assert_eq!(mode(json!({"name": "a", "external": true})), None);
        assert_eq!(mode(json!({"name": "a", "runtime": "external"})), None);
        assert_eq!(mode(json!({"name": "a", "external": true, "url": "http://x"})), Some(DeliveryMode::Push));
        assert_eq!(
            mode(json!({"name": "a", "external": true, "delivery_mode": "poll"})),
            Some(DeliveryMode::Poll)
        );
        assert_eq!(check(json!({"name": "a", "url": "http://x"})).expect("valid").url, None);
    }
}
