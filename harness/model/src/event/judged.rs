//! What a step was judged by, kept so that it can be judged again without a world.
//!
//! [`Judged`] holds the observation that decided the step and the values of every name its expectation asked
//! for ([`Bound`]). For frames of a stream it holds all that were looked at, with their times ([`Window`]).
//! Everything is masked like any other event; where a mask (or a cut) changes how a check comes out, the
//! facet is *sealed*: a later judge takes that check as it was recorded.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A text longer than this is kept as its length alone.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// The observation that decided a step, and what the expectation was bound to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// One member per facet, without those in `same`; [`Judged::tree`] puts them back.
    pub observed: Map<String, Value>,
    /// Facets that hold the same as another one, such as `body: text`; `json: text` is that text, parsed.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub same: Map<String, Value>,
    /// What was asked, in the words by which rules choose the answers they are about.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub asked: Map<String, Value>,
    /// The values of the names that the expectation asked for.
    #[serde(default, skip_serializing_if = "Bound::is_empty")]
    pub bound: Bound,
    /// Frames that were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// Facets whose checks come out otherwise here than they did on the unmasked, uncut observation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sealed: Vec<String>,
}

/// Values by the name that a template asks for: `ws`, `tenant-alpha.env.PORT`, `agents.token(ws-1)`.
/// A generator's values are the list under `now()`, in the order they were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bound(pub Map<String, Value>);

/// The frames of a connection that a step looked at.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// In the order of their arrival; frames that the harness sent are not among them.
    pub frames: Vec<Looked>,
    /// The moment the step began, on the clock of the connection.
    pub from_ms: u64,
    /// The moment until which frames counted.
    pub until_ms: u64,
    /// Why no further frame could come, when that was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
}

/// One frame as expectations see it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// Milliseconds since the connection was opened.
    pub at_ms: u64,
    /// One member per facet.
    pub frame: Map<String, Value>,
}

impl Bound {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key of a call of the world.
    #[must_use]
    pub fn call(dotted: &str, args: &[Value]) -> String {
        let args: Vec<_> = args.iter().map(crate::template::as_text).collect();
        format!("{dotted}({})", args.join(", "))
    }

    /// Takes over what another one holds.
    pub fn adopt(&mut self, other: Bound) {
        for (key, value) in other.0 {
            match (self.0.get_mut(&key), value) {
                (Some(Value::Array(made)), Value::Array(more)) if key.ends_with("()") => made.extend(more),
                (_, value) => drop(self.0.insert(key, value)),
            }
        }
    }
}

impl Judged {
    /// Keeps an observation, which is masked already, in its shortest form.
    #[must_use]
    pub fn keeping(tree: Map<String, Value>, bound: Bound, window: Option<Window>) -> Self {
        let mut observed = tree;
        let mut same = Map::new();
        for facet in ["body", "lines", "value", "rows", "json"] {
            let Some(value) = observed.get(facet) else { continue };
            let twin = ["text", "stdout", "json", "lines"].into_iter().find(|twin| {
                *twin != facet
                    && observed.get(*twin).and_then(|twin| told(facet, twin)).as_ref() == Some(value)
            });
            if let Some(twin) = twin {
                observed.shift_remove(facet);
                same.insert(facet.to_owned(), Value::from(twin));
            }
        }
        observed.values_mut().for_each(cut);
        Judged { observed, same, asked: Map::new(), bound, window, sealed: Vec::new() }
    }

    /// The whole observation: what expectations are put on.
    #[must_use]
    pub fn tree(&self) -> Map<String, Value> {
        let mut tree = self.observed.clone();
        // A twin may itself be told by another one, which was left out after it.
        for (facet, twin) in self.same.iter().rev() {
            let value = twin.as_str().and_then(|twin| tree.get(twin)).and_then(|twin| told(facet, twin));
            if let Some(value) = value {
                tree.insert(facet.clone(), value);
            }
        }
        tree
    }

    /// Whether the checks of a facet are to be taken as they were recorded.
    #[must_use]
    pub fn is_sealed(&self, facet: &str) -> bool {
        self.sealed.iter().any(|sealed| sealed == facet)
    }
}

/// What a facet is when it follows from another one.
fn told(facet: &str, twin: &Value) -> Option<Value> {
    match (facet, twin) {
        ("json", Value::String(text)) => serde_json::from_str(text).ok(),
        (_, value) => Some(value.clone()),
    }
}

/// Cuts every text that is too long to be kept.
fn cut(value: &mut Value) {
    match value {
        Value::String(text) if text.len() > TEXT_BYTES_MAX => {
            *text = format!("‹{} bytes, not kept›", text.len());
        }
        Value::Array(items) => items.iter_mut().for_each(cut),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(tree: Value) -> Judged {
        let Value::Object(tree) = tree else { panic!("an object") };
        Judged::keeping(tree, Bound::default(), None)
    }

    #[test]
    fn what_follows_from_another_facet_is_left_out_and_comes_back() {
        let trees = [
            json!({ "status": 200, "json": { "a": 1 }, "text": "{\"a\":1}", "body": "{\"a\":1}" }),
            json!({ "lines": ["a", "b"], "text": "a\nb", "value": ["a", "b"] }),
            json!({ "rows": [{ "n": 1 }], "json": [{ "n": 1 }], "value": [{ "n": 1 }] }),
            json!({ "rows": [{ "n": 1 }], "json": { "n": 1 }, "value": 1 }),
            json!({ "text": "12", "value": 12 }),
            json!({ "stdout": "{}", "json": {}, "exit": 0 }),
        ];
        for tree in trees {
            let kept = kept(tree.clone());
            assert_eq!(Value::Object(kept.tree()), tree);
        }
        let short = kept(json!({ "json": { "a": 1 }, "text": "{\"a\":1}", "body": "{\"a\":1}" }));
        assert_eq!(Value::Object(short.observed), json!({ "text": "{\"a\":1}" }));
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let kept = kept(json!({ "text": "x".repeat(TEXT_BYTES_MAX + 1) }));
        assert_eq!(kept.observed["text"], json!("‹262145 bytes, not kept›"));
    }

    #[test]
    fn made_values_are_kept_in_their_order() {
        let bound = |value: Value| Bound(value.as_object().cloned().unwrap_or_default());
        let mut first = bound(json!({ "now()": [1], "ws": "a" }));
        first.adopt(bound(json!({ "now()": [2], "ws": "b" })));
        assert_eq!(first, bound(json!({ "now()": [1, 2], "ws": "b" })));
    }
}
