//! Which services a replay pauses, cuts off or kills: its world gives those a link of their own, so that no
//! other world feels it.

use std::collections::BTreeSet;

use harness_model::replay::action::{Action, Service};
use harness_model::replay::{Step, parse_part};
use harness_model::template::{Generator, Scope, Template};
use harness_model::topology::Topology;
use harness_model::yaml::Source;
use serde_json::Value;

use super::load::ReplayCase;

/// How deep parts may use parts.
const DEPTH_MAX: u32 = 8;

/// The services, or every service of the topology when a name is known only while the replay runs.
#[must_use]
pub fn services(case: &ReplayCase, topology: &Topology) -> BTreeSet<String> {
    let mut found = Found { case, names: BTreeSet::new(), unknown: false };
    for step in case.replay.all_steps() {
        found.step(step, 0);
    }
    if found.unknown { topology.services.keys().cloned().collect() } else { found.names }
}

struct Found<'a> {
    case: &'a ReplayCase,
    names: BTreeSet<String>,
    unknown: bool,
}

impl Found<'_> {
    fn step(&mut self, step: &Step, depth: u32) {
        match &step.action {
            Action::Service(Service::Pause(it)) => self.names(&it.services),
            Action::Service(Service::Kill(it)) => self.names(&it.services),
            Action::Service(Service::CutOff(it)) => self.names(&it.services),
            Action::Service(Service::Restart(it)) => self.names(std::slice::from_ref(&it.service)),
            // These undo what one of the others did to the same service.
            Action::Service(Service::Resume(_) | Service::Heal(_)) => {}
            Action::Use(it) => self.part(&it.part, depth),
            other => {
                for (_, steps) in other.inner() {
                    steps.iter().for_each(|step| self.step(step, depth));
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

    fn part(&mut self, path: &str, depth: u32) {
        let file = self.case.project.root().join(path);
        // A part that cannot be read is an error of the replay, found when the replay is checked.
        let Ok(text) = std::fs::read_to_string(file) else { return };
        if let (Some(part), true) = (parse_part(&Source::new(path, text)).0, depth < DEPTH_MAX) {
            part.steps.iter().for_each(|step| self.step(step, depth + 1));
        }
    }
}

/// Only the row is known before a replay runs.
impl Scope for Found<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.case.row.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
    }

    fn generate(&self, _: Generator) -> Value {
        Value::Null
    }
}
