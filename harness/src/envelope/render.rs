//! The finished envelope, as a notification and as a tag.

use serde_json::{Map, Value, json};

use super::{Attribute, Inbound};

/// What a registry says about a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Registered {
    /// The peer's name, as it was given.
    pub name: Option<String>,
    /// The peer's role, as it was given.
    pub role: Option<String>,
}

/// An envelope: safe attributes and the message as content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    content: String,
    /// In the order in which they are written.
    meta: Vec<(&'static str, String)>,
}

impl Envelope {
    /// Builds the envelope. `registered` is what a look-up of `inbound.peer()` gave, if it gave
    /// anything; without a peer it is ignored.
    #[must_use]
    pub fn new(inbound: &Inbound, platform_url: &str, registered: Option<&Registered>) -> Self {
        let text = |attribute: Option<&Attribute>| attribute.map(ToString::to_string).unwrap_or_default();
        let mut meta = vec![
            ("source", "molecule".to_owned()),
            ("kind", inbound.kind().word().to_owned()),
            ("peer_id", inbound.peer().map(|peer| peer.to_string()).unwrap_or_default()),
        ];
        if let Some(peer) = inbound.peer() {
            let told = registered.cloned().unwrap_or_default();
            for (key, value) in [("peer_name", told.name), ("peer_role", told.role)] {
                let safe = value.map(|value| Attribute::scrubbed(&value)).filter(|value| !value.is_empty());
                meta.extend(safe.map(|value| (key, value.to_string())));
            }
            meta.push(("agent_card_url", peer.card_url(platform_url)));
        } else {
            meta.push(("agent_card_url", String::new()));
        }
        meta.extend([
            ("method", text(inbound.method())),
            ("activity_id", text(inbound.activity_id())),
            ("ts", text(inbound.ts())),
        ]);
        Self { content: inbound.text().to_owned(), meta }
    }

    /// One attribute.
    #[must_use]
    pub fn meta(&self, key: &str) -> Option<&str> {
        self.meta.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// All attributes in their order.
    pub fn attributes(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.meta.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The message.
    #[must_use]
    pub fn content(&self) -> &str {
        &self.content
    }

    /// As a notification of the channel.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let meta: Map<String, Value> =
            self.meta.iter().map(|(key, value)| ((*key).to_owned(), Value::from(value.as_str()))).collect();
        json!({
            "method": "notifications/claude/channel",
            "params": { "content": self.content, "meta": meta },
        })
    }

    /// As a tag whose content cannot close it.
    #[must_use]
    pub fn to_tag(&self) -> String {
        let attributes: String =
            self.meta.iter().map(|(key, value)| format!(" {key}=\"{}\"", escaped(value))).collect();
        format!("<channel{attributes}>{}</channel>", escaped(&self.content))
    }
}

/// Escapes what opens a tag or ends an attribute. The platform's own address is an operator's
/// value and may hold an ampersand; everything else is already an [`Attribute`].
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
