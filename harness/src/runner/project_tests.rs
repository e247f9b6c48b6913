//! This project's own cases: every one of them can be loaded, so that no run finds a broken file.

use std::path::Path;

use super::load::{Loaded, Loader};
use super::{discover, select::Choosable as _};
use crate::project::Project;

#[test]
fn every_case_of_this_project_can_be_loaded() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let loader = Loader::new(Project::at(root));
    let cases = discover::cases(loader.project()).unwrap();
    assert!(cases.len() > 50, "the folders are found");
    let wrong = cases.iter().filter_map(|case| match loader.load(case) {
        Loaded::Wrong(findings) => Some(format!("{}\n{findings}", case.id())),
        Loaded::Replay(_) | Loaded::Golden { .. } => None,
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
