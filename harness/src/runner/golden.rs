//! Golden vectors: bytes that two sides have agreed on, judged against the side that lives here.

use std::path::Path;

use harness_model::event::{Failure, Mismatch, Phase, StepRef};
use harness_model::matcher::{diff_text, diff_values};
use harness_model::verdict::{Ending, FailedStep, Outcome};
use serde_json::{Value, json};

use super::in_world::trouble::{self, chain};
use super::stages::DEFAULT_TOPOLOGY;
use super::suite::Suite;
use crate::envelope::{Envelope, Inbound, Registered};
use crate::golden::cp::{self, Unjudged};
use crate::golden::stub::StubProcess;

/// Judges a golden file of a family.
pub async fn judge(suite: &Suite, family: &str, file: &Path) -> Outcome {
    let golden = std::fs::read_to_string(file)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str::<Value>(&text).map_err(|error| error.to_string()));
    match (family, golden) {
        ("envelope", Ok(golden)) => outcome(envelope(&golden)),
        ("cp", Ok(golden)) => control_plane(suite, &golden, file).await,
        (_, Ok(_)) => failed("judge", format!("golden family `{family}` has no judge")),
        (_, Err(error)) => failed("read", format!("{}: {error}", file.display())),
    }
}

/// The program that plays the control plane.
const STUB: &str = "cp-stub";

/// A pair of the control plane, played against a stub of its own.
async fn control_plane(suite: &Suite, golden: &Value, file: &Path) -> Outcome {
    let stub = match stub(suite).await {
        Ok(stub) => stub,
        Err(failure) => return Outcome::broken(failure),
    };
    match cp::check(golden, stub.plane()).await {
        Ok(differences) => {
            outcome(if differences.is_empty() { vec![agreed()] } else { differing(differences) })
        }
        Err(error) => {
            let told = format!("{}: {}", suite.loader.project().shown(file), chain(&error));
            match error {
                Unjudged::NotAPair(_) => failed("read", told),
                Unjudged::Silent(_) | Unjudged::NotGiven(_) => Outcome::broken(Failure::new(told)),
            }
        }
    }
}

async fn stub(suite: &Suite) -> Result<StubProcess, Failure> {
    let topology = suite.loader.topology(DEFAULT_TOPOLOGY).map_err(Failure::new)?;
    let opened = suite.stages.of(&topology).await.map_err(|error| trouble::failure(&error))?;
    let program = opened.program(STUB).ok_or_else(|| {
        Failure::new(format!(
            "the topology `{DEFAULT_TOPOLOGY}` runs no program `{STUB}`, which pairs of the control plane are judged by"
        ))
    })?;
    StubProcess::start(&program)
        .await
        .map_err(|error| Failure::new(format!("`{STUB}` did not start: {error}")))
}

fn agreed() -> Checked {
    Checked { name: "the answer is as agreed".into(), mismatch: None }
}

fn differing(differences: Vec<cp::Difference>) -> Vec<Checked> {
    let check = |it: cp::Difference| {
        let diff = it.expected.contains('{').then(|| diff_text(&it.expected, &it.actual)).flatten();
        let expected = format!("equals {}", it.expected);
        Checked {
            name: "the answer is as agreed".into(),
            mismatch: Some(Mismatch { path: it.at, expected, actual: it.actual, diff, at: None }),
        }
    };
    differences.into_iter().map(check).collect()
}

/// One check of a vector.
struct Checked {
    name: String,
    mismatch: Option<Mismatch>,
}

fn compare(name: String, path: &str, expected: &Value, actual: &Value) -> Checked {
    let mismatch = (expected != actual).then(|| Mismatch {
        path: path.to_owned(),
        expected: format!("equals {expected}"),
        actual: actual.to_string(),
        diff: diff_values(expected, actual),
        at: None,
    });
    Checked { name, mismatch }
}

/// The channel envelope: for every case of the file the look-ups it leads to, the envelope, and its tag.
fn envelope(golden: &Value) -> Vec<Checked> {
    let platform = golden["platform_url"].as_str().unwrap_or_default();
    let cases = golden["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    cases.iter().flat_map(|case| envelope_case(case, platform)).collect()
}

fn envelope_case(case: &Value, platform: &str) -> [Checked; 3] {
    let name = || case["name"].to_string();
    let inbound = Inbound::read(&case["input"]);
    let looked_up: Vec<_> = inbound.peer().iter().map(|peer| peer.card_url(platform)).collect();
    let told = |told: &Value, key: &str| told.get(key).and_then(Value::as_str).map(str::to_owned);
    let registry = case.get("registry").filter(|told| told.is_object());
    let registered = registry.map(|it| Registered { name: told(it, "name"), role: told(it, "role") });
    let built = Envelope::new(&inbound, platform, registered.as_ref());
    [
        compare(name(), "lookups", &case["lookups"], &json!(looked_up)),
        compare(name(), "envelope", &case["expect"], &built.to_json()),
        compare(name(), "tag", &case["expect_tag"], &json!(built.to_tag())),
    ]
}

fn outcome(checks: Vec<Checked>) -> Outcome {
    if checks.is_empty() {
        return failed("read", "the file holds no case".into());
    }
    let total = u32::try_from(checks.len()).unwrap_or(u32::MAX);
    let steps: Vec<_> = checks.into_iter().filter_map(failed_step).collect();
    let failed = u32::try_from(steps.len()).unwrap_or(u32::MAX);
    let ending = if steps.is_empty() { Ending::Passed } else { Ending::Failed { steps } };
    Outcome { ending, checks_passed: total - failed, checks_failed: failed }
}

fn failed_step(check: Checked) -> Option<FailedStep> {
    let mismatch = check.mismatch?;
    let failure = Failure { mismatches: vec![mismatch], ..Failure::new("the vector does not hold") };
    Some(FailedStep { step: step(check.name), failure })
}

fn failed(name: &str, message: String) -> Outcome {
    let steps = vec![FailedStep { step: step(name.into()), failure: Failure::new(message) }];
    Outcome { ending: Ending::Failed { steps }, checks_passed: 0, checks_failed: 1 }
}

fn step(name: String) -> StepRef {
    StepRef { phase: Phase::Steps, index: 0, name, inside: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(golden: &Value) -> Outcome {
        outcome(envelope(golden))
    }

    fn vector() -> Value {
        let text = include_str!("../../../fixtures/golden/envelope/row_1_valid_peer.json");
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_vector_that_holds_passes_and_counts_its_checks() {
        let outcome = judged(&vector());
        assert_eq!((outcome.ending, outcome.checks_failed), (Ending::Passed, 0));
        assert!(outcome.checks_passed >= 3);
    }

    #[test]
    fn one_changed_byte_of_a_vector_fails_it_at_its_case() {
        let mut golden = vector();
        golden["cases"][0]["expect_tag"] = json!("<channel>");
        let Ending::Failed { steps } = judged(&golden).ending else { panic!("it holds") };
        assert_eq!(steps.len(), 1);
        assert_eq!(steps[0].failure.mismatches[0].path, "tag");
    }

    #[test]
    fn a_file_that_holds_nothing_is_red() {
        assert!(matches!(judged(&json!({})).ending, Ending::Failed { .. }));
    }

    #[test]
    fn every_difference_of_an_answer_is_a_check_that_failed() {
        let difference =
            |at: &str| cp::Difference { at: at.into(), expected: "201".into(), actual: "200".into() };
        let outcome = outcome(differing(vec![difference("status"), difference("body")]));
        assert_eq!((outcome.checks_failed, outcome.checks_passed), (2, 0));
    }
}
