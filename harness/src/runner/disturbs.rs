//! Which services a replay pauses, cuts off, kills or scripts: its world gives those a link, or a service, of
//! their own, so that no other world feels it.

use std::collections::BTreeSet;

use harness_model::replay::action::{Action, EdgeChange, Service};
use harness_model::replay::{Replay, Row, Step};
use harness_model::template::{Generator, Scope, Template};
use serde_json::Value;

use super::load::Ready;
use crate::world::Way;

/// What a replay disturbs.
#[derive(Debug, Default)]
pub struct Disturbed {
    /// The services, or every service of the topology when a name is known only while the replay runs.
    pub services: BTreeSet<String>,
    /// The connections that it cuts or slows while others stay, as far as their ends are known before the replay
    /// runs.
    pub ways: BTreeSet<Way>,
}

/// What a replay disturbs.
#[must_use]
pub fn by(case: &Ready) -> Disturbed {
    let edge = case.topology.roles.get(EDGE).map(String::as_str);
    let (names, ways) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Found { row: &case.row, edge, names, ways, unknown: false };
    found.replay(&case.replay);
    for part in case.parts.values() {
        part.part.steps.iter().for_each(|step| found.step(step));
    }
    let all = || case.topology.services.keys().cloned().collect();
    Disturbed { services: if found.unknown { all() } else { found.names }, ways: found.ways }
}

/// What a topology calls the service that edge steps speak to.
const EDGE: &str = "edge";

struct Found<'a> {
    row: &'a Row,
    edge: Option<&'a str>,
    names: BTreeSet<String>,
    ways: BTreeSet<Way>,
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
            Action::Service(Service::CutOff(it)) => {
                self.names(&it.services);
                self.ways(&it.services, &it.from);
            }
            Action::Service(Service::Slow(it)) => {
                self.names(&it.services);
                self.ways(&it.services, &it.from);
            }
            Action::Service(Service::Restart(it)) => self.names(std::slice::from_ref(&it.service)),
            // Reading its rules changes nothing.
            Action::Edge(edge) if matches!(edge.change, EdgeChange::Config(_)) => {}
            Action::Edge(edge) => match &edge.on {
                Some(named) => self.names(std::slice::from_ref(named)),
                None => self.names.extend(self.edge.map(str::to_owned)),
            },
            // These undo what one of the others did to the same service.
            Action::Service(Service::Resume(_) | Service::Heal(_)) => {}
            other => {
                for (_, steps) in other.inner() {
                    steps.iter().for_each(|step| self.step(step));
                }
            }
        }
    }

    fn ways(&mut self, services: &[Template], from: &[Template]) {
        let known = |templates: &[Template]| -> Vec<String> {
            templates.iter().filter_map(|template| template.render_text(self).ok()).collect()
        };
        let (services, from) = (known(services), known(from));
        for to in services {
            self.ways.extend(from.iter().map(|from| Way { to: to.clone(), from: from.clone() }));
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
        let (names, ways) = (BTreeSet::new(), BTreeSet::new());
        let mut found = Found { row: &row, edge: Some("cf-proxy"), names, ways, unknown: false };
        found.replay(&replay);
        let ways = found.ways.into_iter().map(|way| format!("{} from {}", way.to, way.from));
        (found.names.into_iter().chain(ways).collect(), found.unknown)
    }

    #[test]
    fn a_cut_between_two_services_disturbs_the_one_and_names_both() {
        let steps = "  - service: { cut_off: redis, from: [\"tenant-${tenant}\"] }\n";
        assert_eq!(names(steps).0, ["redis", "redis from tenant-alpha"]);
    }

    #[test]
    fn a_slow_way_between_two_services_disturbs_the_one_and_names_both() {
        let steps = "  - service: { slow: redis, from: tenant-beta, by: 1s }\n";
        assert_eq!(names(steps).0, ["redis", "redis from tenant-beta"]);
    }

    #[test]
    fn services_are_found_wherever_a_step_stands_and_rows_fill_their_names() {
        let steps = "  - service: { pause: [\"postgres-${tenant}\"] }\n  - parallel:\n      a:\n        - service: { kill: \
                     tenant-beta }\n  - service: { resume: redis }\n";
        assert_eq!(names(steps), (vec!["postgres-alpha".to_owned(), "tenant-beta".to_owned()], false));
    }

    #[test]
    fn scripting_the_edge_disturbs_it_and_reading_it_does_not() {
        assert_eq!(names("  - edge: { default_host: x }\n"), (vec!["cf-proxy".to_owned()], false));
        assert_eq!(names("  - edge: { config: true }\n"), (Vec::new(), false));
    }

    #[test]
    fn a_name_that_only_the_run_knows_is_every_name() {
        assert!(names("  - service: { kill: \"${captured}\" }\n").1);
        assert_eq!(names("  - pause: { for: 1s, because: x }\n"), (Vec::new(), false));
    }
}
