//! The images of the container backend, built by a real engine. Without an engine each test says so and names
//! itself, so that a reader of the log sees what was not judged.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::path::Path;

use harness::backend::docker::images::build::{Sources, engine, names};

fn sources() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("harness/ lies in the root");
    let binaries = Path::new(env!("CARGO_BIN_EXE_harness")).parent().expect("a folder of programs").into();
    Sources { images: root.join("fixtures/images"), binaries }
}

#[test]
fn every_image_definition_reads() {
    let sources = sources();
    let names = names(&sources.images).unwrap();
    assert!(names.contains(&"postgres".into()), "{names:?}");
    for name in names {
        let image = sources.definition(&name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(image.image, name, "an image is named after its folder");
    }
}

#[tokio::test]
async fn an_image_is_built_once_and_found_again_by_its_digest() {
    let Some(docker) = engine().await else {
        eprintln!(
            "NOT RUN  an_image_is_built_once_and_found_again_by_its_digest: no container engine answers"
        );
        return;
    };
    let sources = sources();
    let progress = |line: &str| eprintln!("{line}");
    let first =
        sources.build(&docker, "redis", false, &progress).await.unwrap_or_else(|error| panic!("{error}"));
    let again = sources.build(&docker, "redis", false, &progress).await.unwrap();
    assert!(!again.fresh, "nothing changed, nothing is built");
    assert_eq!((first.tag, first.digest), (again.tag, again.digest));
    assert!(again.size_bytes > 0);
}
