//! The topology's rules: what every answer must be like, whichever step asked for it.
//!
//! Pure, so that a live look, a later judge and a mutated copy are judged alike. Where no answer came a rule is
//! silent: whether one had to come is for the step to say.

use harness_model::event::{Exchange, Window};
use harness_model::matcher::Mismatch;
use harness_model::replay::{Facet, Step};
use harness_model::topology::{Rule, Topology};
use harness_model::yaml::Span;
use serde_json::{Map, Value, json};

use super::observed::Observed;

/// What was asked, in the words by which rules choose: the action, and of a request its method, path, identity and
/// the service that the identity calls.
#[must_use]
pub(crate) fn asked(step: &Step, observed: &Observed, topology: &Topology) -> Map<String, Value> {
    let mut asked = match &observed.exchange {
        Some(Exchange::Http { identity, request, .. }) => {
            let (path, query) = path_of(&request.url);
            json!({
                "method": request.method, "path": path, "query": query,
                "as": identity, "via": via(identity, topology),
            })
        }
        Some(Exchange::Call { who, asked, .. }) => json!({ "of": who, "asked": asked }),
        Some(Exchange::Frames { connection, .. }) => json!({ "of": connection }),
        _ => return Map::new(),
    };
    asked["action"] = Value::from(step.action.key());
    asked.as_object().cloned().unwrap_or_default()
}

/// The rules about the answers to what was asked.
#[must_use]
pub fn about<'r>(rules: &'r [Rule], asked: &Map<String, Value>) -> Vec<&'r Rule> {
    rules.iter().filter(|rule| !asked.is_empty() && rule.is_of(asked)).collect()
}

/// What rules find wrong with an answer, by facet, in a fixed order.
pub(crate) fn judge(
    rules: &[&Rule],
    facets: &Map<String, Value>,
    window: Option<&Window>,
    at: Span,
) -> Vec<(Facet, Vec<Mismatch>)> {
    if rules.is_empty() {
        return Vec::new();
    }
    let with_frames = window.map(|window| {
        let frames = window.frames.iter().map(|looked| Value::Object(looked.frame.clone()));
        let mut facets = facets.clone();
        facets.insert(Facet::Frames.word().to_owned(), frames.collect());
        facets
    });
    let facets = with_frames.as_ref().unwrap_or(facets);
    let unanswered = facets.is_empty() || is_only_an_error(facets);
    let judged = rules.iter().filter(|_| !unanswered).flat_map(|rule| rule.judge(facets));
    judged.map(|(facet, mismatches)| (facet, seen_at(at, mismatches))).collect()
}

/// What the topology's rules find wrong with a look.
pub(crate) fn breaches(step: &Step, observed: &Observed, topology: &Topology) -> Vec<Mismatch> {
    if topology.always.is_empty() {
        return Vec::new();
    }
    let rules = about(&topology.always, &asked(step, observed, topology));
    let judged = judge(&rules, observed.facets(), observed.window.as_ref(), step.span);
    judged.into_iter().flat_map(|(_, mismatches)| mismatches).collect()
}

/// A rule stands in the topology; what broke it was seen by a step, which is the place that a failure can show.
fn seen_at(at: Span, mismatches: Vec<Mismatch>) -> Vec<Mismatch> {
    mismatches.into_iter().map(|mismatch| Mismatch { span: at, ..mismatch }).collect()
}

fn is_only_an_error(facets: &Map<String, Value>) -> bool {
    facets.len() == 1 && facets.contains_key(Facet::Error.word())
}

/// Path and query of an address, byte for byte.
fn path_of(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = rest.find('/').map_or("/", |at| &rest[at..]);
    target.split_once('?').unwrap_or((target, ""))
}

/// The service that an identity calls, found where the identity or one it is like says so.
fn via(identity: &str, topology: &Topology) -> Value {
    let mut spec = topology.identities.get(identity);
    for _ in 0..topology.identities.len() {
        let Some(known) = spec else { break };
        if let Some(via) = &known.via {
            return Value::from(via.to_string());
        }
        spec = known.like.as_ref().and_then(|like| topology.identities.get(like));
    }
    Value::Null
}
