//! The house rules of `ARCHITECTURE.md` and `STYLE.md`, as tests over the source tree.
//!
//! Each rule is a function from a [`Tree`] to its violations. Each rule is tested twice: the real tree has no
//! violation, and a tree with a planted violation has exactly that one, so that no rule can rot into silence.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::{
    collections::{BTreeMap, BTreeSet},
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
        let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("the root has a manifest");
        files.insert("Cargo.toml".into(), manifest);
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
            "harness/src/bench",
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

/// What would panic, or end the work, when nobody reads any more; `harness/src/out.rs` is for all commands.
fn deaf_prints(tree: &Tree) -> Vec<String> {
    let deaf = ["print!(", "println!(", "eprint!(", "eprintln!(", "io::stdout()", "io::stderr()"];
    let is_terminal = |line: &str| line.contains(".is_terminal()");
    let places = ["harness/src/cli/", "harness/src/report/", "harness/src/main.rs"];
    let own = tree.sources().filter(|(path, _)| places.iter().any(|place| path.starts_with(place)));
    let lines = own.flat_map(|(path, text)| before_tests(text).lines().map(move |line| (path, line)));
    let found = lines.filter(|(_, line)| {
        let bare = line.trim_start();
        !bare.starts_with("//") && !is_terminal(line) && deaf.iter().any(|word| bare.contains(word))
    });
    found.map(|(path, line)| format!("{path}: {}", line.trim())).collect()
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

/// What the project says it is built with: each is a dependency somewhere, and really used there.
const PROMISED: &[&str] = &[
    "axum",
    "bollard",
    "insta",
    "libtest-mimic",
    "proptest",
    "reqwest",
    "serde",
    "serde-saphyr",
    "sqlx",
    "testcontainers",
    "tokio",
    "wiremock",
];

/// A listed dependency that no source of its package names is a promise nobody keeps; so is a row of the one table
/// of versions that no package lists.
fn unused_dependencies(tree: &Tree) -> Vec<String> {
    let mut found = Vec::new();
    let mut listed = BTreeSet::new();
    for (folder, ..) in PACKAGES {
        let path = format!("{folder}/Cargo.toml");
        let manifest: toml::Table = tree.0[&path].parse().expect("manifests are TOML");
        let tables = ["dependencies", "dev-dependencies", "build-dependencies"];
        let names =
            tables.iter().filter_map(|table| manifest.get(*table)?.as_table()).flat_map(|table| table.keys());
        for name in names {
            listed.insert(name.clone());
            if !is_named(tree, folder, &name.replace('-', "_")) {
                found.push(format!("{path}: lists {name}, which no source of the package uses"));
            }
        }
    }
    let root: toml::Table = tree.0["Cargo.toml"].parse().expect("manifests are TOML");
    let table = root["workspace"]["dependencies"].as_table().expect("the one table of versions");
    let idle = table.keys().filter(|name| !listed.contains(*name));
    found.extend(idle.map(|name| format!("Cargo.toml: {name} is in the table, and no package lists it")));
    let broken = PROMISED.iter().filter(|name| !listed.contains(**name));
    found.extend(broken.map(|name| format!("Cargo.toml: {name} is promised, and no package lists it")));
    found
}

/// Whether a source of the package, not of one inside it, names the crate outside of comments.
fn is_named(tree: &Tree, folder: &str, krate: &str) -> bool {
    let inner: Vec<String> = PACKAGES.iter().map(|(other, ..)| format!("{other}/")).collect();
    let own = |path: &str| {
        path.starts_with(&format!("{folder}/"))
            && !inner.iter().any(|other| path.starts_with(other) && other.len() > folder.len() + 1)
    };
    let names = |line: &str| {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        !line.trim_start().starts_with("//")
            && line.match_indices(krate).any(|(at, _)| {
                let after = &line[at + krate.len()..];
                let is_path = ["::", "!", ";", " as ", ",", "}"].iter().any(|end| after.starts_with(end));
                !line[..at].ends_with(is_word) && is_path
            })
    };
    tree.sources().filter(|(path, _)| own(path)).any(|(_, text)| text.lines().any(names))
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
fn every_listed_dependency_is_used_and_every_promised_one_is_listed() {
    assert_clean(unused_dependencies);
    let manifest = Tree::read().0["harness/model/Cargo.toml"].clone();
    let planted = manifest.replacen("[dependencies]\n", "[dependencies]\nglob.workspace = true\n", 1);
    assert_trips(unused_dependencies, "harness/model/Cargo.toml", &planted);
    let table = Tree::read().0["Cargo.toml"].replacen(
        "[workspace.dependencies]\n",
        "[workspace.dependencies]\nidle = \"1\"\n",
        1,
    );
    assert_trips(unused_dependencies, "Cargo.toml", &table);
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

/// A reader who leaves, as `head` does, must not end a command in a panic.
#[test]
fn commands_write_for_whoever_still_reads() {
    assert_clean(deaf_prints);
    assert_trips(deaf_prints, "harness/src/cli/planted.rs", concat!("//! x\nfn f() { print", "ln!(); }\n"));
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
