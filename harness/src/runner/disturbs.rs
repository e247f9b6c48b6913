//! Which services a replay pauses, cuts off or kills: its world gives those a link of their own, so that no
//! other world feels it.

use std::collections::BTreeSet;

use harness_model::replay::action::{Action, Service};
use harness_model::replay::{Replay, Row, Step};
use harness_model::template::{Generator, Scope, Template};
use serde_json::Value;

use super::load::Ready;

/// The services, or every service of the topology when a name is known only while the replay runs.
#[must_use]
pub fn services(case: &Ready) -> BTreeSet<String> {
    let mut found = Found { row: &case.row, names: BTreeSet::new(), unknown: false };
    found.replay(&case.replay);
    for part in case.parts.values() {
        part.part.steps.iter().for_each(|step| found.step(step));
    }
    if found.unknown { case.topology.services.keys().cloned().collect() } else { found.names }
}

struct Found<'a> {
    row: &'a Row,
    names: BTreeSet<String>,
    unknown: bool,
}

impl Found<'_> {
    fn replay(&mut self, replay: &Replay) {
        replay.all_steps().for_each(|step| self.step(step));
    }

    fn step(&mut self, step: &Step) {
        match &step.action {
            Action::Service(Service::Pause(it)) => self.names(&it.services),
            Action::Service(Service::Kill(it)) => self.names(&it.services),
            Action::Service(Service::CutOff(it)) => self.names(&it.services),
            Action::Service(Service::Restart(it)) => self.names(std::slice::from_ref(&it.service)),
            // These undo what one of the others did to the same service.
            Action::Service(Service::Resume(_) | Service::Heal(_)) => {}
            other => {
                for (_, steps) in other.inner() {
                    steps.iter().for_each(|step| self.step(step));
                }
            }
        }
    }

    fn names(&mut self, templates: &[Template]) {
        for template in templates {
            match template.render_text(self) {
                Ok(name) => drop(self.names.insert(name)),
                Err(_) => self.unknown = true,
            }
        }
    }
}

/// Only the row is known before a replay runs.
impl Scope for Found<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.row.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn generate(&self, _: Generator) -> Value {
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::replay::parse_replay;
    use harness_model::yaml::Source;
    use serde_json::json;

    fn names(steps: &str) -> (Vec<String>, bool) {
        let text = format!("replay: x\nsteps:\n{steps}");
        let (replay, diagnostics) = parse_replay(&Source::new("x.yaml", text));
        let replay = replay.unwrap_or_else(|| panic!("{}", diagnostics.lines().join("\n")));
        let row: Row = vec![("tenant".into(), json!("alpha"))];
        let mut found = Found { row: &row, names: BTreeSet::new(), unknown: false };
        found.replay(&replay);
        (found.names.into_iter().collect(), found.unknown)
    }

    #[test]
    fn services_are_found_wherever_a_step_stands_and_rows_fill_their_names() {
        let steps = "  - service: { pause: [\"postgres-${tenant}\"] }\n  - parallel:\n      a:\n        - service: { kill: \
                     tenant-beta }\n  - service: { resume: redis }\n";
        assert_eq!(names(steps), (vec!["postgres-alpha".to_owned(), "tenant-beta".to_owned()], false));
    }

    #[test]
    fn a_name_that_only_the_run_knows_is_every_name() {
        assert!(names("  - service: { kill: \"${captured}\" }\n").1);
        assert_eq!(names("  - pause: { for: 1s, because: x }\n"), (Vec::new(), false));
    }
}
