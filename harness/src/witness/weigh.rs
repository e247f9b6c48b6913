//! What one trial showed: the bug was there, and the replay did what?

use harness_model::event::{Failure, Phase, StepRef};
use harness_model::replay::{Replay, Step, Witness};
use harness_model::verdict::{Ending, FailedStep, Missing, Outcome};

/// `red_at` of a witness whose world must not come up.
pub const BOOT: &str = "boot";
/// `red_at` of a witness whose preparation must not hold.
pub const GIVEN: &str = "given";

/// What became of a replay whose bug was brought back.
#[derive(Debug)]
pub enum Ran {
    /// It was run.
    Judged(Outcome),
    /// A service of its world did not come up.
    NotUp(Failure),
    /// There was no way to try: the set-up is wrong.
    NotTried(Failure),
}

/// What a trial showed.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// Red at the named step, with the recorded text.
    Proven,
    /// The replay did not notice the bug.
    StayedGreen,
    /// Red, but somewhere else or with another text.
    Elsewhere {
        /// What was seen instead, as a clause.
        what: String,
        /// The step, when it was one.
        step: Option<StepRef>,
        /// Its failure.
        failure: Box<Failure>,
    },
    /// Nobody can tell: the world or the harness gave way before the replay could judge.
    BrokeTheWorld {
        /// Where, when a step had begun.
        step: Option<StepRef>,
        /// Why.
        failure: Box<Failure>,
    },
    /// This machine lacks what the replay needs.
    NotHere(Vec<Missing>),
}

/// Weighs a trial.
#[must_use]
pub fn weigh(witness: &Witness, replay: &Replay, ran: Ran) -> Proof {
    let outcome = match ran {
        Ran::NotTried(failure) => return Proof::BrokeTheWorld { step: None, failure: Box::new(failure) },
        Ran::NotUp(failure) if witness.red_at == BOOT => return at_boot(witness, failure),
        Ran::NotUp(failure) => return Proof::BrokeTheWorld { step: None, failure: Box::new(failure) },
        Ran::Judged(outcome) => outcome,
    };
    match outcome.ending {
        Ending::Passed => Proof::StayedGreen,
        Ending::Skipped { missing } => Proof::NotHere(missing),
        Ending::Failed { steps } => failed(witness, replay, steps),
        Ending::Broken { step: Some(step), failure } if is_given(witness, replay, &step) => {
            with_text(witness, Some(step), *failure)
        }
        Ending::Broken { step, failure } => Proof::BrokeTheWorld { step, failure },
    }
}

/// A world that did not come up has told why in its log.
fn at_boot(witness: &Witness, mut failure: Failure) -> Proof {
    let logged = failure.logs.iter().flat_map(|log| &log.lines);
    let told = std::iter::once(failure.signature()).chain(logged.cloned()).collect::<Vec<_>>().join("\n");
    match &witness.text {
        Some(text) if !told.contains(text) => {
            failure.help = None;
            let what = format!("the world did not come up, but its log does not say `{text}`");
            Proof::Elsewhere { what, step: None, failure: Box::new(failure) }
        }
        _ => Proof::Proven,
    }
}

/// The first step that failed counts, with all of its rows and branches; what failed afterwards may follow from
/// it.
fn failed(witness: &Witness, replay: &Replay, steps: Vec<FailedStep>) -> Proof {
    let Some(first) = steps.first().map(|failed| (failed.step.phase, failed.step.index)) else {
        return Proof::StayedGreen;
    };
    let mut at_first: Vec<FailedStep> =
        steps.into_iter().take_while(|failed| (failed.step.phase, failed.step.index) == first).collect();
    let named = |failed: &FailedStep| covers(replay, &failed.step, &witness.red_at);
    let text = |failed: &FailedStep| has_text(witness, &failed.failure);
    if at_first.iter().any(|failed| named(failed) && text(failed)) {
        return Proof::Proven;
    }
    let told = at_first.iter().position(named).unwrap_or_default();
    let FailedStep { step, failure } = at_first.swap_remove(told);
    if covers(replay, &step, &witness.red_at) {
        return with_text(witness, Some(step), failure);
    }
    let what = format!("red at `{step}`, not at `{}`", witness.red_at);
    Proof::Elsewhere { what, step: Some(step), failure: Box::new(failure) }
}

fn with_text(witness: &Witness, step: Option<StepRef>, failure: Failure) -> Proof {
    if has_text(witness, &failure) {
        return Proof::Proven;
    }
    let text = witness.text.as_deref().unwrap_or_default();
    let what = format!("red at `{}`, but without the text `{text}`", witness.red_at);
    Proof::Elsewhere { what, step, failure: Box::new(failure) }
}

fn has_text(witness: &Witness, failure: &Failure) -> bool {
    witness.text.as_ref().is_none_or(|text| failure.signature().contains(text))
}

/// A step of the preparation: under its own name, or as `given`.
fn is_given(witness: &Witness, replay: &Replay, step: &StepRef) -> bool {
    step.phase == Phase::Given && (witness.red_at == GIVEN || covers(replay, step, &witness.red_at))
}

/// Whether a failed step bears the name, or stands inside a step that does: in a branch, a repetition, a part.
fn covers(replay: &Replay, failed: &StepRef, name: &str) -> bool {
    if failed.name == name {
        return true;
    }
    let steps = match failed.phase {
        Phase::Given => &replay.given,
        Phase::Steps => &replay.steps,
        Phase::Finally => &replay.finally,
    };
    let outer = usize::try_from(failed.index).ok().and_then(|index| steps.get(index));
    outer.is_some_and(|outer| outer.label() == name || holds(outer, name, &failed.name))
}

/// Whether a group inside `step` bears the name and has the failed step inside it.
fn holds(step: &Step, name: &str, failed: &str) -> bool {
    let mut inner = step.action.inner().into_iter().flat_map(|(_, steps)| steps);
    inner.any(|step| (step.label() == name && contains(step, failed)) || holds(step, name, failed))
}

fn contains(step: &Step, name: &str) -> bool {
    let mut inner = step.action.inner().into_iter().flat_map(|(_, steps)| steps);
    inner.any(|step| step.label() == name || contains(step, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::event::LogExcerpt;
    use harness_model::replay::parse_replay;
    use harness_model::yaml::Source;

    fn replay(witness: &str) -> Replay {
        let text = format!(
            "replay: x\ngiven:\n  - name: prepared\n    sql: {{ on: a, exec: select }}\nsteps:\n  - name: plain\n    \
             http: {{ get: / }}\n  - name: both\n    parallel:\n      left:\n        - name: many\n          repeat:\n            \
             times: 2\n            steps:\n              - name: deep\n                http: {{ get: / }}\n      right:\n        - \
             name: other\n          http: {{ get: / }}\n  - name: part\n    use: {{ part: p.yaml }}\nwitness:\n  - \
             {{ name: w, bug: b, {witness} }}\n"
        );
        let (replay, diagnostics) = parse_replay(&Source::new("x.yaml", text));
        replay.unwrap_or_else(|| panic!("{:#?}", diagnostics.lines()))
    }

    fn at(phase: Phase, index: u32, name: &str, message: &str) -> FailedStep {
        let step = StepRef { phase, index, name: name.into(), inside: Vec::new() };
        FailedStep { step, failure: Failure::new(message) }
    }

    fn judged(witness: &str, steps: Vec<FailedStep>) -> Proof {
        ran(
            witness,
            Ran::Judged(Outcome { ending: Ending::Failed { steps }, checks_passed: 0, checks_failed: 1 }),
        )
    }

    fn ran(witness: &str, ran: Ran) -> Proof {
        let replay = replay(witness);
        weigh(&replay.witness[0], &replay, ran)
    }

    fn what(proof: Proof) -> String {
        match proof {
            Proof::Elsewhere { what, .. } => what,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn red_at_the_named_step_is_proof_and_red_anywhere_else_is_not() {
        assert_eq!(judged("red_at: plain", vec![at(Phase::Steps, 0, "plain", "m")]), Proof::Proven);
        assert_eq!(
            what(judged("red_at: plain", vec![at(Phase::Steps, 1, "other", "m")])),
            "red at `other`, not at `plain`"
        );
        // What comes after the first failure may only follow from it.
        let steps = vec![at(Phase::Steps, 0, "plain", "m"), at(Phase::Finally, 0, "clean-up", "m")];
        assert!(matches!(judged("red_at: clean-up", steps.clone()), Proof::Elsewhere { .. }));
        assert_eq!(judged("red_at: plain", steps), Proof::Proven);
    }

    #[test]
    fn a_step_inside_a_group_or_a_part_counts_for_every_step_around_it() {
        let deep = || vec![at(Phase::Steps, 1, "deep", "m")];
        for name in ["deep", "many", "both"] {
            assert_eq!(judged(&format!("red_at: {name}"), deep()), Proof::Proven, "{name}");
        }
        assert!(matches!(judged("red_at: other", deep()), Proof::Elsewhere { .. }));
        assert_eq!(judged("red_at: part", vec![at(Phase::Steps, 2, "of the part", "m")]), Proof::Proven);
        // A branch may fail first without having been meant.
        let both = vec![at(Phase::Steps, 1, "deep", "m"), at(Phase::Steps, 1, "other", "m")];
        assert_eq!(judged("red_at: other", both), Proof::Proven);
    }

    #[test]
    fn the_recorded_text_must_be_in_the_failure() {
        let failed = || vec![at(Phase::Steps, 0, "plain", "expected 200, got 404")];
        assert_eq!(judged("red_at: plain, text: got 404", failed()), Proof::Proven);
        assert_eq!(
            what(judged("red_at: plain, text: got 500", failed())),
            "red at `plain`, but without the text `got 500`"
        );
    }

    #[test]
    fn a_world_that_must_not_come_up_must_say_the_recorded_reason() {
        let down = || {
            let log = LogExcerpt { service: "s".into(), lines: vec!["no control plane".into()], left_out: 0 };
            Failure { logs: vec![log], ..Failure::new("`s` ended with 1") }
        };
        assert_eq!(ran("red_at: boot, text: no control plane", Ran::NotUp(down())), Proof::Proven);
        assert_eq!(
            what(ran("red_at: boot, text: no Redis", Ran::NotUp(down()))),
            "the world did not come up, but its log does not say `no Redis`"
        );
        // A build that fails is not the bug, whatever it says.
        let built = ran("red_at: boot, text: no control plane", Ran::NotTried(down()));
        assert!(matches!(built, Proof::BrokeTheWorld { .. }));
        assert!(matches!(ran("red_at: plain", Ran::NotUp(down())), Proof::BrokeTheWorld { .. }));
        let up = Outcome { ending: Ending::Passed, checks_passed: 1, checks_failed: 0 };
        assert_eq!(ran("red_at: boot", Ran::Judged(up)), Proof::StayedGreen);
    }

    #[test]
    fn what_cannot_be_judged_proves_nothing_except_at_a_preparation_that_was_meant() {
        let broken = |phase, name: &str| {
            let FailedStep { step, failure } = at(phase, 0, name, "m");
            let ending = Ending::Broken { step: Some(step), failure: Box::new(failure) };
            Ran::Judged(Outcome { ending, checks_passed: 0, checks_failed: 0 })
        };
        assert!(matches!(ran("red_at: plain", broken(Phase::Steps, "plain")), Proof::BrokeTheWorld { .. }));
        assert!(matches!(
            ran("red_at: plain", broken(Phase::Given, "prepared")),
            Proof::BrokeTheWorld { .. }
        ));
        for name in ["given", "prepared"] {
            assert_eq!(ran(&format!("red_at: {name}"), broken(Phase::Given, "prepared")), Proof::Proven);
        }
    }
}
