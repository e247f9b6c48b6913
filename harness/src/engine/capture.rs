//! Values that a step keeps under names.

use harness_model::matcher::Mismatch;
use harness_model::path::Selected;
use harness_model::replay::{Capture, Step};
use harness_model::template::as_text;
use regex::Regex;
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::observed::Observed;
use super::scope::Scope;

/// Keeps what the step captures.
///
/// # Errors
/// One mismatch per value that is not there.
pub(crate) fn keep(step: &Step, scope: &mut Scope<'_>, observed: &Observed) -> Result<(), Vec<Mismatch>> {
    for capture in &step.capture.0 {
        if let Ok(value) = found(step, capture, observed.facets()) {
            scope.set(capture.name.clone(), value);
        }
    }
    let missing = missing(step, observed.facets());
    if missing.is_empty() { Ok(()) } else { Err(missing) }
}

/// Makes the secrets that the step captures known to the mask.
pub(crate) fn hide(step: &Step, scope: &Scope<'_>, observed: &Observed) {
    for capture in step.capture.0.iter().filter(|capture| capture.secret) {
        if let Ok(value) = found(step, capture, observed.facets()) {
            scope.session.secrets.add(&capture.name, &SecretString::from(as_text(&value)));
        }
    }
}

/// What a recorded observation lacks of what the step captures.
pub(crate) fn missing(step: &Step, facets: &Map<String, Value>) -> Vec<Mismatch> {
    let absent = |capture: &&Capture| found(step, capture, facets).is_err();
    step.capture.0.iter().filter(absent).map(|capture| not_there(step, capture, facets)).collect()
}

/// The value that a capture takes from an observation.
pub(crate) fn found(step: &Step, capture: &Capture, facets: &Map<String, Value>) -> Result<Value, String> {
    let facet = capture.from.or_else(|| step.action.main_facet());
    let whole = facet.and_then(|facet| facets.get(facet.word()));
    find(capture, whole.ok_or_else(|| "nothing".to_owned())?)
}

fn not_there(step: &Step, capture: &Capture, facets: &Map<String, Value>) -> Mismatch {
    let facet = capture.from.or_else(|| step.action.main_facet());
    let whole = facet.and_then(|facet| facets.get(facet.word()));
    Mismatch {
        path: format!("capture {}", capture.name),
        expected: format!("a value at {}", capture.path.text()),
        actual: Some(whole.cloned().unwrap_or(Value::from("nothing"))),
        span: capture.span,
        diff: None,
    }
}

fn find(capture: &Capture, whole: &Value) -> Result<Value, String> {
    let nothing = || "nothing".to_owned();
    let found = match capture.path.select(whole) {
        Selected::One(value) => value.cloned().ok_or_else(nothing)?,
        Selected::Many(values) if capture.all => values.into_iter().cloned().collect(),
        Selected::Many(values) => match values.as_slice() {
            [] => return Err(nothing()),
            [only] => (*only).clone(),
            several => several.iter().copied().cloned().collect(),
        },
    };
    let Some(pattern) = &capture.pattern else { return Ok(found) };
    let pattern = Regex::new(pattern).map_err(|e| e.to_string())?;
    let text = as_text(&found);
    let groups = pattern.captures(&text).ok_or_else(nothing)?;
    let matched = groups.get(1).or_else(|| groups.get(0)).ok_or_else(nothing)?;
    Ok(Value::from(matched.as_str()))
}
