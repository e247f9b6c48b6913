//! Witnesses: there is one, and it points at a step.

use super::{Surroundings, places};
use crate::replay::{Cause, Replay, Step, Witness};
use crate::yaml::{Diagnostic, Diagnostics};

/// Names that `red_at` may have beside those of steps.
const STAGES: [&str; 2] = ["boot", "given"];

/// Checks the witnesses of a replay.
pub(super) fn check(replay: &Replay, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    if replay.witness.is_empty() {
        let finding = Diagnostic::lint(replay.span, "the replay has no witness: nobody has seen it red");
        diagnostics.push(finding.help("add `witness:` with a way to bring the bug back"));
    }
    let mut names = Vec::new();
    replay.all_steps().for_each(|step| collect(step, &mut names));
    for witness in &replay.witness {
        let known = names.iter().copied().chain(STAGES);
        if !known.clone().any(|name| name == witness.red_at) {
            let finding = Diagnostic::error(witness.span, format!("no step is named `{}`", witness.red_at));
            diagnostics.push(finding.did_you_mean(&witness.red_at, known));
        }
        services(witness, around, diagnostics);
    }
}

/// The names of a step and of those inside it.
fn collect<'a>(step: &'a Step, names: &mut Vec<&'a str>) {
    names.extend(step.name.as_deref());
    for (_, steps) in step.action.inner() {
        steps.iter().for_each(|step| collect(step, names));
    }
}

/// Whether the services that a witness changes exist.
fn services(witness: &Witness, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    let Some(topology) = around.topology else { return };
    let services: Vec<&str> = match &witness.cause {
        Cause::Env(env) => env.iter().map(|(service, _)| service).collect(),
        Cause::Bug(bug) => bug.services.iter().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    let known: Vec<&str> = places::all_services(topology).map(String::as_str).collect();
    for service in services.into_iter().filter(|service| !known.contains(service)) {
        let finding = Diagnostic::error(witness.span, format!("the topology has no service `{service}`"));
        diagnostics.push(finding.did_you_mean(service, known.iter().copied()));
    }
    if let Cause::Sql(sql) = &witness.cause
        && !topology.databases.contains_key(&sql.on)
    {
        let finding = Diagnostic::error(witness.span, format!("the topology has no database `{}`", sql.on));
        diagnostics.push(finding.did_you_mean(&sql.on, topology.databases.keys().map(String::as_str)));
    }
}
