//! The images of the container backend, built and run by a real engine. Without an engine each test says so and
//! names itself, so that a reader of the log sees what was not judged.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod running;
mod serving;

use std::path::{Path, PathBuf};

use harness::backend::docker::images::{Definitions, Images, Origin, engine};
use harness::world::{Options, Progress};
use harness_model::topology::Topology;
use harness_model::yaml::Source;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("harness/ lies in the root").into()
}

fn topology() -> Topology {
    let path = root().join("fixtures/topologies/two-tenants.yaml");
    let (topology, diagnostics) =
        Topology::read(Source::new("two-tenants.yaml", std::fs::read_to_string(path).unwrap()));
    topology.unwrap_or_else(|| panic!("{:?}", diagnostics.lines()))
}

/// The images of this project, or none where there is no engine.
pub(crate) async fn images(test: &str) -> Option<Images> {
    let Ok(docker) = engine().await else {
        eprintln!("SKIPPED  {test}: no container engine answers");
        return None;
    };
    harness::install_tls();
    let mut options = Options::from_env(root()).unwrap();
    options.progress = Progress::to(|line| eprintln!("{line}"));
    Some(Images::new(docker, &options, &topology()))
}

#[test]
fn every_image_definition_reads_and_its_programs_are_known() {
    let definitions = Definitions::of(&root());
    let names = definitions.names().unwrap();
    assert!(names.contains(&"postgres".into()), "{names:?}");
    for name in names {
        let image = definitions.read(&name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(image.image, name, "an image is named after its folder");
        for program in &image.binaries {
            assert!(topology().programs.contains_key(program), "{name} holds {program}");
        }
    }
}

#[tokio::test]
async fn an_image_is_built_once_and_found_again_by_its_digest() {
    let Some(images) = images("an_image_is_built_once_and_found_again_by_its_digest").await else { return };
    let first = images.resolve("redis").await.unwrap_or_else(|error| panic!("{error}"));
    let other = self::images("").await.unwrap();
    let again = other.resolve("redis").await.unwrap();
    assert_eq!(again.origin, Origin::Present, "nothing changed, nothing is built");
    assert_eq!((first.reference, first.digest), (again.reference, again.digest));
    assert!(again.size_bytes > 0);
}
