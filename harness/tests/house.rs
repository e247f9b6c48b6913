//! The house rules of `ARCHITECTURE.md` and `STYLE.md`, as tests over the source tree.
//!
//! Each rule is a function from a [`Tree`] to its violations. Each rule is tested twice: the real tree has no
//! violation, and a tree with a planted violation has exactly that one, so that no rule can rot into silence.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The text files of the project, by path relative to its root.
#[derive(Clone)]
struct Tree(BTreeMap<String, String>);

impl Tree {
    /// Reads every Rust source and manifest of the workspace members.
    fn read() -> Self {
        let root = root();
        let mut files = BTreeMap::new();
        for top in ["server", "cp-stub", "harness"] {
            for entry in walkdir::WalkDir::new(root.join(top)) {
                let path = entry.expect("the source tree is readable").into_path();
                let wanted = path.extension().is_some_and(|ext| ext == "rs" || ext == "toml");
                if wanted && !path.components().any(|part| part.as_os_str() == "target") {
                    let name =
                        path.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
                    files.insert(name, std::fs::read_to_string(&path).expect("sources are UTF-8"));
                }
            }
        }
        Self(files)
    }

    /// The same tree with one file added or replaced.
    fn with(&self, path: &str, text: &str) -> Self {
        let mut tree = self.clone();
        tree.0.insert(path.into(), text.into());
        tree
    }

    fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(path, _)| path.ends_with(".rs"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("harness/ lies in the root").to_path_buf()
}

/// What each package may depend on among the project's own packages, and what it may never depend on.
const PACKAGES: &[(&str, &[&str], &[&str])] = &[
    ("server/types", &[], &["axum", "reqwest", "redis", "tokio"]),
    ("server/store", &["server-types"], &["axum", "reqwest"]),
    ("server/wire", &[], &["axum", "reqwest", "sqlx", "tokio"]),
    ("server/app", &["server-types", "server-store", "server-wire"], &["axum"]),
    ("server", &["server-types", "server-store", "server-wire", "server-app"], &[]),
    ("cp-stub", &["server-wire"], &["sqlx", "redis"]),
    ("harness/model", &[], &["axum", "reqwest", "sqlx", "redis", "tokio", "nix"]),
    ("harness", &["harness-model"], &[]),
];

/// Dependencies point one way only; the harness and the server know each other as programs, not as code.
fn forbidden_dependencies(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (folder, ours, never) in PACKAGES {
        let path = format!("{folder}/Cargo.toml");
        let manifest: toml::Table = tree.0[&path].parse().expect("manifests are TOML");
        let none = toml::Table::new();
        let names = manifest.get("dependencies").and_then(|table| table.as_table()).unwrap_or(&none);
        for name in names.keys() {
            let own = name.starts_with("server-")
                || name.starts_with("harness")
                || name == "server"
                || name == "cp-stub";
            if (own && !ours.contains(&name.as_str())) || never.contains(&name.as_str()) {
                found.push(format!("{path}: may not depend on {name}"));
            }
        }
    }
    found
}

/// A capability and the only places that may use it.
const CONFINED: &[(&str, &[&str])] = &[
    (
        "sqlx::query",
        &["server/store/", "harness/src/engine/action/sql", "harness/src/world/", "harness/src/backend/"],
    ),
    ("bollard::", &["server/app/src/backends/docker", "harness/src/backend/docker"]),
    ("testcontainers::", &["harness/src/backend/docker"]),
    (
        "axum::",
        &[
            "server/src/",
            "cp-stub/src/",
            "harness/src/agent",
            "harness/src/edge",
            "harness/src/world",
            "harness/src/backend",
        ],
    ),
];

/// SQL, containers and HTTP serving each have their places; test code may use what it needs.
fn misplaced_capabilities(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tree.sources() {
        if path.contains("/tests") || path.ends_with("/testing.rs") {
            continue;
        }
        let code = before_tests(text);
        for (token, places) in CONFINED {
            let used = code.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(token));
            if used && !places.iter().any(|place| path.starts_with(place)) {
                found.push(format!("{path}: uses {token} outside {}", places.join(", ")));
            }
        }
    }
    found
}

/// Code lines of a file: no blanks, no comments, no test module.
const CODE_LINES_MAX: usize = 400;

fn overlong_files(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in tree.sources() {
        let lines = before_tests(text)
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
            .count();
        if lines > CODE_LINES_MAX {
            found.push(format!("{path}: {lines} code lines, at most {CODE_LINES_MAX}"));
        }
    }
    found
}

/// Every file opens with its purpose.
fn missing_front_pages(tree: &Tree) -> Vec<String> {
    tree.sources()
        .filter(|(_, text)| !text.trim_start().starts_with("//!"))
        .map(|(path, _)| format!("{path}: no `//!` front page"))
        .collect()
}

/// Nothing may leave the tree half done or skip a test without being seen.
fn unfinished_markers(tree: &Tree) -> Vec<String> {
    const MARKERS: &[&str] =
        &[concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[ign", "ore")];
    let mut found = Vec::new();
    for (path, text) in tree.sources() {
        for marker in MARKERS.iter().filter(|marker| text.contains(**marker)) {
            found.push(format!("{path}: {marker}"));
        }
    }
    found
}

fn before_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or(text)
}

fn assert_clean(rule: fn(&Tree) -> Vec<String>) {
    let found = rule(&Tree::read());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn assert_trips(rule: fn(&Tree) -> Vec<String>, path: &str, text: &str) {
    let found = rule(&Tree::read().with(path, text));
    assert_eq!(found.len(), 1, "the planted violation, and only it, is found: {found:?}");
    assert!(found[0].contains(path), "{} names {path}", found[0]);
}

#[test]
fn packages_depend_only_downwards() {
    assert_clean(forbidden_dependencies);
    assert_trips(
        forbidden_dependencies,
        "harness/Cargo.toml",
        "[dependencies]\nserver-types.workspace = true\n",
    );
    assert_trips(forbidden_dependencies, "server/app/Cargo.toml", "[dependencies]\naxum.workspace = true\n");
    assert_trips(
        forbidden_dependencies,
        "cp-stub/Cargo.toml",
        "[dependencies]\nserver-app.workspace = true\n",
    );
}

#[test]
fn sql_containers_and_http_serving_stay_in_their_places() {
    assert_clean(misplaced_capabilities);
    let sql = "//! x\nfn f() { sqlx::query(\"select 1\"); }\n";
    assert_trips(misplaced_capabilities, "server/app/src/planted.rs", sql);
    assert_trips(misplaced_capabilities, "server/app/src/planted.rs", "//! x\nuse axum::Router;\n");
}

#[test]
fn no_file_is_longer_than_one_idea() {
    assert_clean(overlong_files);
    let long = format!("//! x\n{}", "fn f() {}\n".repeat(CODE_LINES_MAX + 1));
    assert_trips(overlong_files, "server/src/planted.rs", &long);
}

#[test]
fn every_file_opens_with_its_purpose() {
    assert_clean(missing_front_pages);
    assert_trips(missing_front_pages, "server/src/planted.rs", "fn f() {}\n");
}

#[test]
fn nothing_is_left_unfinished_or_skipped_in_silence() {
    assert_clean(unfinished_markers);
    let marker = concat!("//! x\nfn f() { todo", "!() }\n");
    assert_trips(unfinished_markers, "server/src/planted.rs", marker);
}
