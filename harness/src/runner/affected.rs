//! Which cases a file stands behind: what `harness run FILE` means and what `harness watch` runs again.

use std::path::{Path, PathBuf};

use harness_model::yaml::{Diagnostics, Node, Source, Tree, parse};

use super::case::{Case, Subject};
use super::stages::DEFAULT_TOPOLOGY;
use crate::project::Project;

/// The cases behind a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Affected {
    /// All of them: a program, the harness itself, the list of expected failures.
    Everything,
    /// These, by position.
    Cases(Vec<usize>),
    /// None: notes, pictures, what was built.
    Nothing,
}

/// Folders whose files are read by programs and so stand behind every case.
const PROGRAMS: [&str; 5] = ["server", "cp-stub", "harness", "Cargo.toml", "Cargo.lock"];

/// Which cases a file of the project stands behind.
#[must_use]
pub fn affected(project: &Project, cases: &[Case], file: &Path) -> Affected {
    let shown = project.shown(file);
    if file == project.xfail() || PROGRAMS.iter().any(|program| Path::new(&shown).starts_with(program)) {
        return Affected::Everything;
    }
    let behind = |case: &Case| stands_behind(project, case, file, &shown);
    let found: Vec<usize> =
        cases.iter().enumerate().filter(|(_, case)| behind(case)).map(|(at, _)| at).collect();
    if found.is_empty() { Affected::Nothing } else { Affected::Cases(found) }
}

fn stands_behind(project: &Project, case: &Case, file: &Path, shown: &str) -> bool {
    let judge = match &case.subject {
        Subject::Corpus { judge, .. } => Some(judge),
        _ => None,
    };
    if case.file == file || judge.is_some_and(|judge| judge == file) {
        return true;
    }
    let replay = judge.unwrap_or(&case.file);
    match &case.subject {
        Subject::Golden { .. } | Subject::Unreadable { .. } => false,
        Subject::Replay { .. } | Subject::Corpus { .. } => refers(project, replay, shown, &mut Vec::new()),
    }
}

/// Whether a replay or part names the file: as its topology, as a part it uses, as data it reads; or one of its
/// parts does.
fn refers(project: &Project, from: &Path, shown: &str, seen: &mut Vec<PathBuf>) -> bool {
    if seen.iter().any(|known| known == from) {
        return false;
    }
    seen.push(from.to_owned());
    let Ok(text) = std::fs::read_to_string(from) else { return false };
    let Some(root) = parse(&mut Diagnostics::new(Source::new(project.shown(from), text))) else {
        return false;
    };
    let topology = root.get("topology").and_then(Node::as_text).unwrap_or(DEFAULT_TOPOLOGY);
    if root.get("replay").is_some() && shown == format!("fixtures/topologies/{topology}.yaml") {
        return true;
    }
    let mut named = Vec::new();
    texts(&root, &mut named);
    named.iter().any(|text| text == shown)
        || named
            .iter()
            .filter(|text| text.starts_with("replays/parts/"))
            .any(|part| refers(project, &project.root().join(part), shown, seen))
}

/// Every text of a tree.
fn texts(node: &Node, into: &mut Vec<String>) {
    match &node.tree {
        Tree::Text(text) => into.push(text.clone()),
        Tree::List(items) => items.iter().for_each(|item| texts(item, into)),
        Tree::Map(entries) => entries.iter().for_each(|entry| texts(&entry.value, into)),
        Tree::Null | Tree::Bool(_) | Tree::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runner::discover;

    fn behind(file: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in [
            ("replays/a/x.yaml", "replay: x\nsteps:\n  - use: { part: replays/parts/outer.yaml }\n"),
            ("replays/a/y.yaml", "replay: y\ntopology: other\nmatrix: { n: [1, 2] }\nsteps: []\n"),
            ("replays/parts/outer.yaml", "part: o\nsteps:\n  - use: { part: replays/parts/inner.yaml }\n"),
            (
                "replays/parts/inner.yaml",
                "part: i\nsteps:\n  - http: { json: { $file: fixtures/data.json } }\n",
            ),
            ("corpus/p/valid/one.json", "{}"),
            ("corpus/p/judge/valid.yaml", "replay: j\ntopology: other\nsteps: []\n"),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let project = Project::at(folder.path());
        let cases = discover::cases(&project).unwrap();
        match affected(&project, &cases, &folder.path().join(file)) {
            Affected::Everything => vec!["everything".into()],
            Affected::Nothing => Vec::new(),
            Affected::Cases(found) => found.into_iter().map(|at| cases[at].id.0.clone()).collect(),
        }
    }

    #[test]
    fn a_file_stands_behind_the_cases_that_read_it_directly_or_through_parts() {
        let one = "corpus::p::valid::one";
        let y = ["replay::a::y::n=1", "replay::a::y::n=2"];
        for (file, cases) in [
            ("replays/a/x.yaml", vec!["replay::a::x"]),
            ("replays/a/y.yaml", y.to_vec()),
            ("replays/parts/outer.yaml", vec!["replay::a::x"]),
            ("replays/parts/inner.yaml", vec!["replay::a::x"]),
            ("fixtures/data.json", vec!["replay::a::x"]),
            ("fixtures/topologies/two-tenants.yaml", vec!["replay::a::x"]),
            ("fixtures/topologies/other.yaml", vec![one, y[0], y[1]]),
            ("corpus/p/valid/one.json", vec![one]),
            ("corpus/p/judge/valid.yaml", vec![one]),
            ("replays/xfail.yaml", vec!["everything"]),
            ("server/src/lib.rs", vec!["everything"]),
            ("docs/notes.md", vec![]),
        ] {
            assert_eq!(behind(file), cases, "{file}");
        }
    }
}
