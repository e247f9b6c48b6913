//! What must hold at the end of every replay, whatever it was about.
//!
//! Faults: one that is still active would spoil the next replay, one that was never hit proves nothing. Log
//! lines: a topology says which texts no service may ever write. What else it demands of a world at its end
//! (leaked instances, say) is a part that it names.

use harness_model::event::{Failure, Mismatch, RunEvent};
use serde_json::{Value, json};

use super::action::use_part;
use super::control::Control;
use super::scope::Scope;
use crate::world::{Position, Stream};

/// The names of the checks in reports.
const FAULTS: &str = "every fault was hit and is gone";
const LOGS: &str = "no service logged what must never be logged";

/// Runs the closing checks.
pub(crate) async fn run(scope: &mut Scope<'_>) {
    for (name, missed) in [(FAULTS, faults(scope).await), (LOGS, logs(scope))] {
        if !missed.is_empty() {
            report(scope, name, missed);
        }
    }
    let Some(part) = scope.session.play.closing.clone() else { return };
    let leaves = scope.session.play.replay.leaves_instances.is_some();
    if let Err(trouble) = use_part::close(&part, json!({ "leaves_instances": leaves }), scope).await {
        scope.session.broken(None, trouble.into_failure());
    }
}

async fn faults(scope: &Scope<'_>) -> Vec<Mismatch> {
    let session = scope.session;
    let Ok(control) = Control::of(session.world, "stub") else { return Vec::new() };
    let own = session.faults();
    let Ok(state) = control.get("/__stub/state").await else {
        // A stub that does not answer was killed by the replay or died; both are told elsewhere.
        return Vec::new();
    };
    let list = |key: &str| state[key].as_array().cloned().unwrap_or_default();
    let (active, finished) = (list("active_faults"), list("finished_faults"));
    let mut missed = Vec::new();
    for fault in active.iter().filter(|fault| !session.is_witness_fault(id(fault))) {
        let step = own.iter().find(|own| own.id == id(fault)).map(|own| own.step.clone());
        missed.push(mismatch(id(fault), step, "to be removed by the end of the replay", "still active"));
    }
    for fault in own {
        let known = active.iter().chain(&finished).find(|known| id(known) == fault.id);
        let fired = known.and_then(|known| known["fired"].as_u64());
        match fired {
            Some(0) => {
                missed.push(mismatch(&fault.id, Some(fault.step), "to match a request", "never matched"))
            }
            Some(_) => {}
            None => {
                let expected = "to be known to have matched";
                missed.push(mismatch(&fault.id, Some(fault.step), expected, "forgotten by a reset"));
            }
        }
    }
    missed
}

fn id(fault: &Value) -> &str {
    fault["id"].as_str().unwrap_or_default()
}

fn mismatch(id: &str, step: Option<String>, expected: &str, actual: &str) -> Mismatch {
    let by = step.map(|step| format!(" of step `{step}`")).unwrap_or_default();
    Mismatch {
        path: format!("fault {id}{by}"),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        ..Mismatch::default()
    }
}

/// One mismatch per service and text: the first line that holds it.
fn logs(scope: &Scope<'_>) -> Vec<Mismatch> {
    let session = scope.session;
    let mut missed = Vec::new();
    for service in session.world.services() {
        let lines = service.logs().since(Position::default());
        for text in &session.world.topology().never_logged {
            let found = lines.iter().find(|line| line.stream != Stream::Harness && line.text.contains(text));
            missed.extend(found.map(|line| Mismatch {
                path: format!("log of {}", service.name()),
                expected: format!("no line with `{text}`"),
                actual: session.secrets.mask(&line.text).into_owned(),
                ..Mismatch::default()
            }));
        }
    }
    missed
}

fn report(scope: &Scope<'_>, name: &str, mismatches: Vec<Mismatch>) {
    let session = scope.session;
    let (case, step) = (session.play.case.clone(), scope.step_ref(name.to_owned()));
    session.emit(RunEvent::StepStarted { case: case.clone(), step: step.clone() });
    session.count(0, 1);
    let message = mismatches.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let failure = Failure { message, mismatches, ..Failure::default() };
    session.failed(step.clone(), failure.clone());
    session.emit(RunEvent::StepFailed { case, step, took_ms: 0, failure: Box::new(failure) });
}
