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

/// The sources with one more file, which breaks a rule.
fn planted(path: &str, code: &str) -> Vec<Source> {
    let mut sources = sources();
    sources.push(Source { path: path.to_owned(), code: code.to_owned() });
    sources
}

/// Files outside of the token stores that name the column, and lookups of workspace tokens by hash.
fn token_lookups(sources: &[Source]) -> (Vec<&str>, usize) {
    let stores = ["store/src/org_tokens.rs", "store/src/tokens.rs"];
    let outside = holders(sources, "token_hash").into_iter().map(|(path, _)| path);
    let lookups = holders(sources, "token_hash = $1").into_iter();
    (
        outside.filter(|path| !stores.contains(path)).collect(),
        lookups.filter(|(path, _)| *path != stores[0]).map(|(_, count)| count).sum(),
    )
}

/// Ledger: EDGE-06.
#[test]
fn one_hash_lookup_serves_every_validator_of_workspace_tokens() {
    assert_eq!(token_lookups(&sources()), (vec![], 1));
    let second = planted("store/src/tokens.rs", "select id from workspace_auth_tokens where token_hash = $1");
    assert_eq!(token_lookups(&second), (vec![], 2));
    let outside = planted("store/src/other.rs", "where token_hash = $1");
    assert_eq!(token_lookups(&outside), (vec!["store/src/other.rs"], 2));
}

/// Files that compare secrets themselves, or look into the admin token.
fn admin_token_rivals(sources: &[Source]) -> Vec<&str> {
    let looks = |line: &str| line.contains("admin_token") && line.contains("expose_secret()");
    let rival = |source: &&Source| source.code.contains("ct_eq(") || source.code.lines().any(looks);
    let rivals = sources.iter().filter(rival).map(|source| source.path.as_str());
    rivals.filter(|path| *path != "app/src/auth/admin_token.rs").collect()
}

/// Ledger: EDGE-110.
#[test]
fn only_the_admin_token_itself_compares_its_value() {
    let none: Vec<&str> = Vec::new();
    assert_eq!(admin_token_rivals(&sources()), none);
    for code in ["a.ct_eq(&b)", "config.admin_token.for_control_plane().expose_secret() == bearer"] {
        assert_eq!(admin_token_rivals(&planted("src/x.rs", code)), ["src/x.rs"]);
    }
}

/// Globals beside the URL policy, and makers of safe URLs outside of it.
fn policy_holes(sources: &[Source]) -> Vec<String> {
    let global = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("static ") || line.starts_with("pub static ") || line.contains("thread_local!")
    };
    let inside = |source: &&Source| source.path.starts_with("app/src/url_policy");
    let globals = sources.iter().filter(inside).flat_map(|source| source.code.lines().filter(global));
    let makers = sources.iter().filter(|source| !inside(source) && source.code.contains("SafeUrl("));
    globals.map(str::to_owned).chain(makers.map(|source| source.path.clone())).collect()
}

/// Ledger: EDGE-66.
#[test]
fn nothing_global_can_switch_the_url_policy_off() {
    assert_eq!(policy_holes(&sources()), Vec::<String>::new());
    let global = "pub static OFF: AtomicBool = AtomicBool::new(false);";
    assert_eq!(policy_holes(&planted("app/src/url_policy/x.rs", global)), [global]);
    assert_eq!(policy_holes(&planted("app/src/x.rs", "SafeUrl(url)")), ["app/src/x.rs"]);
}

fn environment_readers(sources: &[Source]) -> Vec<&str> {
    let readers =
        ["env::var(", "env::var_os(", "env::vars"].into_iter().flat_map(|call| holders(sources, call));
    readers.map(|(path, _)| path).filter(|path| *path != "app/src/config/environment.rs").collect()
}

#[test]
fn the_environment_is_read_in_one_place() {
    assert_eq!(environment_readers(&sources()), Vec::<&str>::new());
    assert_eq!(environment_readers(&planted("src/x.rs", "std::env::var(\"X\")")), ["src/x.rs"]);
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
