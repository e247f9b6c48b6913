//! Bug seams of the real server: only the flavour for witnesses has them, and it refuses names that it does not
//! know.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::collections::BTreeSet;
use std::path::Path;

use harness::project::Project;
use harness::runner::discover;
use harness::runner::load::{Loaded, Loader};
use harness::world::{Options, Progress, Stage, WorldError, WorldSpec};
use harness_model::replay::Cause;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the project")
}

/// The seams that witnesses of the project ask for.
fn asked() -> BTreeSet<String> {
    let project = Project::at(root());
    let loader = Loader::new(project.clone());
    let mut seams = BTreeSet::new();
    for case in discover::cases(&project).unwrap() {
        let Loaded::Replay(ready) = loader.load(&case) else { continue };
        for witness in &ready.replay.witness {
            if let Cause::Bug(bug) = &witness.cause {
                seams.insert(bug.seam.clone());
            }
        }
    }
    seams
}

/// The seams that the server says it has, when it is asked for one that it has not.
fn known(refusal: &str) -> BTreeSet<String> {
    let (_, list) = refusal
        .split_once("`no_such_seam` is no bug seam; there are ")
        .unwrap_or_else(|| panic!("{refusal}"));
    let list = list.lines().next().unwrap_or_default();
    list.split(", ").map(|name| name.trim().to_owned()).collect()
}

fn occurs(program: &Path, text: &str) -> bool {
    let bytes = std::fs::read(program).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_seam_is_refused_at_boot_and_an_ordinary_server_has_none() {
    harness::install_tls();
    let topology = Loader::new(Project::at(root())).topology("two-tenants").unwrap();
    let mut options = Options::from_env(root()).unwrap();
    options.keeper = env!("CARGO_BIN_EXE_harness").into();
    options.progress = Progress::to(|message| println!("{message}"));
    let stage = Stage::open(options, topology.clone()).await.unwrap();

    let mut spec = WorldSpec::of(topology);
    spec.bugs.insert("no_such_seam".into(), vec!["tenant-alpha".into()]);
    let seams = match stage.world(&spec).await {
        Err(WorldError::Ended { service, log, .. }) => {
            assert_eq!(service, "tenant-alpha");
            known(&log)
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a server opened a seam that there is not"),
    };
    assert_eq!(seams, asked(), "each seam brings back the bug of a witness, and each witness has its seam");

    let plain = stage.program("workspace-server").unwrap();
    let seamed = stage.seamed_program("workspace-server").unwrap();
    for name in seams.iter().map(String::as_str).chain(["BUG_SEAMS"]) {
        assert!(occurs(&seamed, name), "the search finds `{name}` where it is");
        assert!(!occurs(&plain, name), "`{name}` occurs in {}", plain.display());
    }
    stage.close().await.unwrap();
}
