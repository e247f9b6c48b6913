//! Witnesses: there is one, and it points at a step.

use super::{Surroundings, places};
use crate::replay::{Cause, Replay, Step, Witness};
use crate::rule::Rule;
use crate::yaml::{Diagnostic, Diagnostics};

/// Names that `red_at` may have beside those of steps.
const STAGES: [&str; 2] = ["boot", "given"];

/// Checks the witnesses of a replay.
pub(super) fn check(replay: &Replay, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    if replay.witness.is_empty() && !diagnostics.lost_word("witness") {
        let finding = Diagnostic::lint(replay.span, "the replay has no witness: nobody has seen it red");
        let finding = finding.rule(Rule::Witness);
        diagnostics.push(finding.help("add `witness:` with a way to bring the bug back"));
    }
    let mut names = Vec::new();
    replay.all_steps().chain(closing_steps(around)).for_each(|step| collect(step, &mut names));
    for witness in &replay.witness {
        let known = names.iter().copied().chain(STAGES);
        if !known.clone().any(|name| name == witness.red_at) && !diagnostics.lost_word(&witness.red_at) {
            let finding = Diagnostic::error(witness.span, format!("no step is named `{}`", witness.red_at));
            diagnostics.push(finding.did_you_mean(&witness.red_at, known));
        }
        if witness.red_at == STAGES[0] && witness.text.is_none() {
            let message = "nothing says why the world must not come up: any other reason would count";
            let finding = Diagnostic::lint(witness.span, message).rule(Rule::Witness);
            diagnostics.push(finding.help("add `text:` with words of the log that tells the reason"));
        }
        services(witness, around, diagnostics);
    }
}

/// The steps of the part that must hold at the end of every replay.
fn closing_steps(around: Surroundings<'_>) -> impl Iterator<Item = &Step> {
    let named = around.topology.and_then(|topology| topology.closing.as_ref());
    let part = named.and_then(|named| around.parts?.get(named));
    part.into_iter().flat_map(|part| &part.steps)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::parse_replay;
    use crate::yaml::Source;

    /// The findings about the witnesses of a replay with the step `asks`.
    fn findings(witness: &str) -> Vec<String> {
        let text = format!("replay: x\nsteps:\n  - name: asks\n    http: {{ get: / }}\n{witness}");
        let source = Source::new("x.yaml", text);
        let (replay, found) = parse_replay(&source);
        let replay = replay.unwrap_or_else(|| panic!("{:#?}", found.lines()));
        let mut diagnostics = Diagnostics::new(source);
        check(&replay, Surroundings { topology: None, parts: None }, &mut diagnostics);
        diagnostics.sorted().into_iter().map(|finding| finding.message.clone()).collect()
    }

    #[test]
    fn a_replay_needs_a_witness_that_points_at_a_step_and_one_at_boot_needs_a_reason() {
        assert_eq!(findings(""), ["the replay has no witness: nobody has seen it red"]);
        assert_eq!(findings("witness: [{ name: w, bug: b, red_at: asks }]\n"), [""; 0]);
        assert_eq!(findings("witness: [{ name: w, bug: b, red_at: aks }]\n"), ["no step is named `aks`"]);
        assert_eq!(findings("witness: [{ name: w, bug: b, red_at: boot, text: no }]\n"), [""; 0]);
        assert_eq!(
            findings("witness: [{ name: w, bug: b, red_at: boot }]\n"),
            ["nothing says why the world must not come up: any other reason would count"]
        );
    }
}
