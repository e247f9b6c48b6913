//! Rules of the source that no type can hold, each with a planted violation that must trip it.

use std::path::{Path, PathBuf};

/// A source file without its tests.
struct Source {
    path: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let folders = ["src", "types/src", "store/src", "app/src", "wire/src"];
    folders.iter().for_each(|folder| collect(&root.join(folder), &mut files));
    let source = |path: PathBuf| Source {
        code: code_only(&std::fs::read_to_string(&path).expect("a readable source")),
        path: path.strip_prefix(root).expect("below the root").display().to_string(),
    };
    let sources: Vec<_> = files.into_iter().filter(|path| !path.ends_with("tests.rs")).map(source).collect();
    assert!(sources.len() > 60, "the sources are found");
    sources
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a source folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Without test modules and comments.
fn code_only(text: &str) -> String {
    let body = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = body.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Files in which `needle` stands, with how often.
fn holders<'s>(sources: &'s [Source], needle: &str) -> Vec<(&'s str, usize)> {
    let counted = sources.iter().map(|source| (source.path.as_str(), source.code.matches(needle).count()));
    counted.filter(|(_, count)| *count > 0).collect()
}

/// Ledger: EDGE-06.
#[test]
fn one_hash_lookup_serves_every_validator_of_workspace_tokens() {
    let sources = sources();
    let lookups = holders(&sources, "t.token_hash = $1");
    assert_eq!(lookups, [("store/src/tokens.rs", 1)]);
    assert_eq!(holders(&sources, "where token_hash"), [("store/src/org_tokens.rs", 1)]);
    let elsewhere =
        sources.iter().filter(|source| source.code.contains("token_hash")).map(|source| source.path.as_str());
    let mut elsewhere: Vec<_> = elsewhere.collect();
    elsewhere.sort_unstable();
    assert_eq!(elsewhere, ["store/src/org_tokens.rs", "store/src/tokens.rs"]);
}

/// Ledger: EDGE-110.
#[test]
fn only_the_admin_token_itself_compares_its_value() {
    let sources = sources();
    assert_eq!(holders(&sources, "ct_eq("), [("app/src/auth/admin_token.rs", 1)]);
    let exposed: Vec<_> = sources
        .iter()
        .filter(|source| {
            source.code.lines().any(|line| line.contains("admin_token") && line.contains("expose_secret()"))
        })
        .map(|source| source.path.as_str())
        .collect();
    assert!(exposed.is_empty(), "{exposed:?} looks into the admin token");
}

/// Ledger: EDGE-66.
#[test]
fn nothing_global_can_switch_the_url_policy_off() {
    let sources = sources();
    let policy = sources.iter().filter(|source| source.path.starts_with("app/src/url_policy"));
    for source in policy {
        for line in source.code.lines().map(str::trim_start) {
            assert!(
                !line.starts_with("static ") && !line.starts_with("pub static "),
                "{}: {line}",
                source.path
            );
            assert!(!line.contains("thread_local!"), "{}: {line}", source.path);
        }
    }
    let makers = holders(&sources, "SafeUrl(");
    assert!(makers.iter().all(|(path, _)| path.starts_with("app/src/url_policy")), "{makers:?}");
}

#[test]
fn the_environment_is_read_in_one_place() {
    let sources = sources();
    for needle in ["env::var(", "env::var_os(", "env::vars"] {
        let readers: Vec<_> = holders(&sources, needle).into_iter().map(|(path, _)| path).collect();
        assert!(readers.iter().all(|path| *path == "app/src/config/environment.rs"), "{needle}: {readers:?}");
    }
}

/// Lines of an HTTP source that would put an error's own words into a body.
fn leaks(code: &str) -> Vec<&str> {
    let names_error = |line: &str| {
        ["{error", "{err", "{cause", "{source", "error.to_string()", "err.to_string()", "cause.to_string()"]
            .iter()
            .any(|word| line.contains(word))
    };
    let logs = |line: &str| line.contains("tracing::") || line.contains("assert");
    code.lines().filter(|line| names_error(line) && !logs(line) && !line.contains("\"{error}\");")).collect()
}

/// Ledger: EDGE-55.
#[test]
fn no_error_is_formatted_into_a_body() {
    let sources = sources();
    let http = sources.iter().filter(|source| source.path.starts_with("src/http/"));
    let found: Vec<_> = http
        .map(|source| (&source.path, leaks(&source.code)))
        .filter(|(_, lines)| !lines.is_empty())
        .collect();
    assert!(found.is_empty(), "{found:#?}");
    for planted in [
        "Refusal::bad_request(format!(\"cannot parse: {error}\"))",
        "json!({\"error\": err.to_string()})",
        "Refusal::new(StatusCode::BAD_GATEWAY, error.to_string())",
    ] {
        assert_eq!(leaks(planted), [planted]);
    }
}
