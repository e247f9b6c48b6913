//! Seams: bugs of real clients that a witness brings back in the stand-in.
//!
//! A replay about the client's own code has no other way to be seen red: the server it talks to is
//! right all along. Nothing is switched on unless a witness asks for it by name.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::{Value, json};

/// A bug that can be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Seam {
    /// Every refusal of the list of peers becomes an empty list (#2397).
    PeersRefusalIsEmpty,
    /// The peer's id goes into attribute and address as it came (#2471).
    EnvelopeTrustsPeerId,
}

const NAMES: [(&str, Seam); 2] = [
    ("peers_refusal_is_empty", Seam::PeersRefusalIsEmpty),
    ("envelope_trusts_peer_id", Seam::EnvelopeTrustsPeerId),
];

impl Seam {
    /// The seam of this name.
    pub(super) fn named(text: &str) -> Option<Self> {
        NAMES.iter().find(|(name, _)| *name == text).map(|(_, seam)| *seam)
    }
}

/// The seams that are open, shared by all agents of a host.
#[derive(Clone, Debug, Default)]
pub(super) struct Seams(Arc<Mutex<BTreeSet<Seam>>>);

impl Seams {
    /// Opens a seam for good.
    pub(super) fn open(&self, seam: Seam) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(seam);
    }

    /// Whether a seam is open.
    pub(super) fn has(&self, seam: Seam) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&seam)
    }
}

/// The envelope as the client of old built it: the row's source is copied before anybody looks at it.
pub(super) fn trusting(mut shown: Value, row: &Value, platform_url: &str) -> Value {
    if let Some(peer) = row.get("source_id").and_then(Value::as_str) {
        let url = format!("{platform_url}/registry/discover/{peer}");
        let meta = &mut shown["params"]["meta"];
        meta["peer_id"] = json!(peer);
        meta["agent_card_url"] = json!(url);
        let tag = shown["tag"].as_str().unwrap_or_default();
        let tag = attribute(&attribute(tag, "peer_id", peer), "agent_card_url", &url);
        shown["tag"] = json!(tag);
    }
    shown
}

/// A tag with another value for one of its attributes, put in as it is.
fn attribute(tag: &str, name: &str, value: &str) -> String {
    let start = format!("{name}=\"");
    let Some((before, rest)) = tag.split_once(&start) else { return tag.to_owned() };
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    format!("{before}{start}{value}\"{after}")
}
