//! The lists of this very project, with one line changed.

use std::fs;
use std::path::Path;

use super::{Report, caps, env};
use crate::project::Project;

const FILES: [&str; 7] = [
    "fixtures/production-env.yaml",
    "fixtures/server-env.json",
    "fixtures/topologies/two-tenants.yaml",
    "fixtures/caps.yaml",
    "harness/src/edge/config.rs",
    "server/types/src/limits.rs",
    "harness/src/agent/serve/ingest.rs",
];

/// The findings when `from` is replaced once in one file; without a file nothing is.
fn findings(file: &str, from: &str, to: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in FILES {
        let mut text = fs::read_to_string(root.join(name)).unwrap();
        if name == file {
            assert!(text.contains(from), "{name} has `{from}`");
            text = text.replacen(from, to, 1);
        }
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let (project, mut report) = (Project::at(folder.path()), Report::default());
    env::check(&project, &mut report);
    caps::check(&project, &mut report);
    let line = |f: &super::Finding| format!("{}:{}:{} [{}] {}", f.file, f.line, f.column, f.rule, f.message);
    report.findings.iter().map(line).collect()
}

/// Ledger: HARN-026.
#[test]
fn the_topology_is_as_production_and_goes_red_without_the_control_planes_address() {
    assert_eq!(findings("", "", ""), Vec::<String>::new());
    let found =
        findings("fixtures/topologies/two-tenants.yaml", "      MOLECULE_CP_URL: \"${cp-stub.url}\"\n", "");
    assert_eq!(found.len(), 1, "{found:#?}");
    let place = "fixtures/production-env.yaml:";
    assert!(found[0].starts_with(place) && found[0].contains("[env-not-in-topology]"), "{}", found[0]);
    assert!(
        found[0].contains("MOLECULE_CP_URL") && found[0].contains("`tenant-alpha` goes without"),
        "{}",
        found[0]
    );
}

#[test]
fn a_list_that_cannot_be_read_is_a_finding_and_not_a_green_lint() {
    let found = findings("fixtures/production-env.yaml", "topology: two-tenants", "topology: no-such");
    assert!(found[0].contains("[reference]") && found[0].contains("no-such.yaml"), "{found:#?}");
    let found = findings("fixtures/server-env.json", "[", "{");
    assert!(found[0].contains("[reference] fixtures/server-env.json: "), "{found:#?}");
    let found = findings("fixtures/caps.yaml", "config.rs", "confg.rs");
    assert!(found[0].starts_with("fixtures/caps.yaml:7:27 [reference]"), "{found:#?}");
}

/// Ledger: EDGE-88.
#[test]
fn a_cap_that_drifts_in_one_place_is_found_there() {
    let found = findings(
        "server/types/src/limits.rs",
        "UPLOAD_FILE_BYTES_MAX: u64 = 100 * ",
        "UPLOAD_FILE_BYTES_MAX: u64 = 25 * ",
    );
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("server/types/src/limits.rs:30:40 [cap]"), "{}", found[0]);
    assert!(found[0].contains("is 26214400 bytes, everywhere else 104857600 bytes"), "{}", found[0]);
    let found = findings(
        "harness/src/edge/config.rs",
        "BODY_BYTES_MAX: u64 = 100 * 1024 * 1024",
        "BODY_BYTES_MAX: u64 = other()",
    );
    assert!(found[0].contains("no product of whole numbers"), "{found:#?}");
    let found = findings("harness/src/agent/serve/ingest.rs", "const UPLOAD_BYTES_MAX", "const BYTES_MAX");
    assert!(found[0].contains("no constant `UPLOAD_BYTES_MAX`"), "{found:#?}");
}
