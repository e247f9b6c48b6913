//! Names and labels: what tells the containers, networks and volumes of one run from all others.

use std::collections::HashMap;
use std::path::Path;

use super::images::PROJECT_LABEL;
use crate::backend::process::places;

/// The label with the run.
pub(crate) const RUN: &str = "harness.run";
const WORLD: &str = "harness.world";
const SERVICE: &str = "harness.service";

/// Who is to blame for something in the engine.
#[derive(Clone, Debug)]
pub(crate) struct Marks {
    project: String,
    run: String,
    world: Option<String>,
}

/// A label and the value it must have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owned {
    label: &'static str,
    value: String,
}

impl Owned {
    /// What one run owns.
    pub(crate) fn by_run(run: &str) -> Self {
        Self { label: RUN, value: run.to_owned() }
    }

    /// What all runs of one cache own: a project has one, and a test that must not meet others has its own.
    pub(crate) fn by_project(cache: &Path) -> Self {
        Self { label: PROJECT_LABEL, value: places::project(cache) }
    }

    /// As the engine filters. Images carry the project's label too, so what is asked for must also be of a run.
    pub(crate) fn filter(&self) -> HashMap<String, Vec<String>> {
        HashMap::from([("label".to_owned(), vec![format!("{}={}", self.label, self.value), RUN.to_owned()])])
    }
}

impl Marks {
    /// Those of a run.
    pub(crate) fn of(cache: &Path, run: &str) -> Self {
        Self { project: places::project(cache), run: run.to_owned(), world: None }
    }

    /// Those of a world of the run.
    pub(crate) fn world(&self, number: u32) -> Self {
        Self { world: Some(format!("w{number}-{}", self.run)), ..self.clone() }
    }

    /// The domain that names are looked up in: a world's own, so that two worlds have the same names.
    pub(crate) fn domain(&self) -> String {
        self.world.clone().unwrap_or_else(|| format!("run-{}", self.run))
    }

    /// The name of a service's container: the service within the domain.
    pub(crate) fn container(&self, service: &str) -> String {
        format!("{service}.{}", self.domain())
    }

    /// The name of a network or a volume.
    pub(crate) fn named(&self, what: &str) -> String {
        format!("harness-{}-{what}", self.domain())
    }

    /// Labels for something that serves a service, or all of them.
    pub(crate) fn labels(&self, service: Option<&str>) -> HashMap<String, String> {
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let world = self.world.iter().map(|world| label(WORLD, world));
        let service = service.iter().map(|service| label(SERVICE, service));
        [label(PROJECT_LABEL, &self.project), label(RUN, &self.run)]
            .into_iter()
            .chain(world)
            .chain(service)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_worlds_have_the_same_service_under_other_names() {
        let run = Marks::of(Path::new("/nowhere"), "ab12");
        assert_eq!(run.world(0).container("tenant-alpha"), "tenant-alpha.w0-ab12");
        assert_eq!(run.world(1).container("tenant-alpha"), "tenant-alpha.w1-ab12");
        assert_eq!(run.container("redis"), "redis.run-ab12");
    }

    #[test]
    fn everything_names_its_project_and_its_run() {
        let marks = Marks::of(Path::new("/nowhere"), "ab12").world(3);
        let labels = marks.labels(Some("redis"));
        assert_eq!(labels[RUN], "ab12");
        assert_eq!((labels[WORLD].as_str(), labels[SERVICE].as_str()), ("w3-ab12", "redis"));
        let owned = Owned::by_project(Path::new("/nowhere"));
        assert_eq!(owned.value, labels[PROJECT_LABEL]);
        assert!(owned.filter()["label"].contains(&RUN.to_owned()), "images are nobody's leftovers");
    }
}
