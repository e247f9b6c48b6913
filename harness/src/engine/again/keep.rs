//! The record of a step that has just been judged: masked, as short as possible, and honest about what the
//! mask has changed.

use harness_model::event::{Bound, Judged, Looked, Window};
use harness_model::replay::{Action, Step};
use serde_json::{Map, Value};

use super::demands::{Demands, Sighting};
use crate::engine::rules;
use crate::engine::scope::Scope;
use crate::engine::secrets::Secrets;
use crate::engine::wait;

/// The name under which the comparison with a stored snapshot is sealed: it is not judged by matchers.
const SNAPSHOT: &str = "snapshot";
/// Sealed when not a single look was answered: there is nothing to judge again.
const ANSWER: &str = "answer";

/// The record of a step.
#[must_use]
pub(crate) fn keep(step: &Step, scope: &Scope<'_>, result: &wait::Result) -> Judged {
    let secrets = &scope.session.secrets;
    let mut bound = result.bound.clone();
    bound.adopt(result.observed.bound.clone());
    let plain = Sighting { facets: result.observed.facets().clone(), window: result.observed.window.clone() };
    let window = plain.window.as_ref().map(|window| masked_window(window, secrets));
    let kept_bound = Bound(masked(&bound.0, secrets));
    let mut judged = Judged::keeping(masked(&plain.facets, secrets), kept_bound, window);
    let topology = scope.session.world.topology();
    judged.asked = masked(&rules::asked(step, &result.observed, topology), secrets);
    let kept = Sighting { facets: judged.tree(), window: judged.window.clone() };
    if kept != plain || judged.bound != bound {
        judged.sealed = sealed(step, scope, &judged.asked, (&bound, &plain), (&judged.bound, &kept));
    }
    if step.wait.is_some() && plain.facets.is_empty() {
        judged.sealed.push(ANSWER.to_owned());
    }
    if matches!(step.action, Action::Snapshot(_)) {
        judged.sealed.push(SNAPSHOT.to_owned());
    }
    judged
}

/// The facets whose demands come out otherwise on what is kept.
fn sealed(
    step: &Step,
    scope: &Scope<'_>,
    asked: &Map<String, Value>,
    (bound, plain): (&Bound, &Sighting),
    (kept_bound, kept): (&Bound, &Sighting),
) -> Vec<String> {
    let (root, always) = (&scope.session.play.root, &scope.session.world.topology().always);
    let told = |bound: &Bound, sighting: &Sighting| {
        Demands::bind(step, bound, root).map(|demands| demands.under(always, asked).by_facet(sighting))
    };
    let Ok(before) = told(bound, plain) else { return Vec::new() };
    let after = told(kept_bound, kept);
    let after = after.unwrap_or_default();
    let changed = before.iter().enumerate().filter(|(at, before)| after.get(*at) != Some(before));
    let mut words: Vec<_> = changed.map(|(_, (facet, _))| (*facet).to_owned()).collect();
    words.dedup();
    words
}

fn masked(fields: &Map<String, Value>, secrets: &Secrets) -> Map<String, Value> {
    match secrets.mask_json(&Value::Object(fields.clone())) {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn masked_window(window: &Window, secrets: &Secrets) -> Window {
    let frames = window.frames.iter();
    let frames = frames.map(|looked| Looked { at_ms: looked.at_ms, frame: masked(&looked.frame, secrets) });
    Window { frames: frames.collect(), ..window.clone() }
}
