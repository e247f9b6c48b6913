//! The bad news, pinned: what the binary says, on the terminal and as JUnit, about everything that goes wrong.
//!
//! A case is one file, `fixtures/failing/<family>/<case>.yaml`: the replay `replays/a/case.yaml`, and behind lines
//! `# file: PATH` the further files of its project; one that begins with `#!` may be run. Its head may hold `# shows:` (what it is about; the names of error
//! variants count for the rule below), `# run:` (the arguments, if other ones), `# program:` (if it is not the harness),
//! `# in:` (the working folder), `# env:` and `# as:` (the name of the replay). `{server}` is the address of a server
//! that answers `/404` with 404, `{edge}` the program of the edge, `{project}` the folder of the project. `# beside:`
//! names a toy that serves the case: `engine` (at `engine.sock`, answers as the file `engine` tells) or `redis`. What
//! `# before:` names goes well first, `;` between commands, and what `# after:` names ends what that began.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use regex::Regex;

use crate::project::{self, Project, Said};
use crate::toys::Toy;

const FAMILIES: [&str; 8] = ["parse", "check", "boot", "step", "xfail", "report", "images", "bench"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The cases of a family; those without a head are read by the tests of the language.
fn cases(family: &str) -> Vec<(String, String)> {
    let folder = root().join("fixtures/failing").join(family);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.extension().is_some_and(|ext| ext == "yaml")).collect();
    files.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(read).filter(|(_, text)| text.starts_with("# shows: ")).collect()
}

/// A line of the head.
fn head<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines()
        .take_while(|line| line.starts_with("# "))
        .find_map(|line| line.strip_prefix(&format!("# {key}: ")))
}

fn said(text: &str) -> (Said, String) {
    let project = Project::new();
    let folder = project.root().display().to_string();
    let names =
        [("{server}", project.server()), ("{edge}", env!("CARGO_BIN_EXE_edge")), ("{project}", &folder)];
    let text = names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let mut parts = text.split("\n# file: ");
    let replay = parts.next().unwrap_or_default();
    project.file(&format!("replays/a/{}.yaml", head(&text, "as").unwrap_or("case")), &format!("{replay}\n"));
    for part in parts {
        let (path, content) = part.split_once('\n').unwrap();
        project.file(path, content);
        if content.starts_with("#!") {
            let file = project.root().join(path);
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
    }
    // One after the other, so that the order of what is told is the order of the cases.
    let run = head(&text, "run").unwrap_or("run --jobs 1 --report junit=junit.xml");
    let args: Vec<&str> = run.split_whitespace().collect();
    let env = head(&text, "env").map(|pair| pair.replace("PROJECT", &folder));
    let env: Vec<(&str, &str)> =
        env.iter().flat_map(|pairs| pairs.split(' ')).filter_map(|pair| pair.split_once('=')).collect();
    let mut command = match head(&text, "program") {
        Some("edge") => project.program(env!("CARGO_BIN_EXE_edge"), &args, &env),
        Some(other) => panic!("{other} is no program of the harness"),
        None => project.command(&args, &env),
    };
    if let Some(folder) = head(&text, "in") {
        command.current_dir(folder);
    }
    let toy = head(&text, "beside").map(|name| Toy::of(name, project.root()));
    let others = |key: &str| head(&text, key).map(|all| all.split(';').map(str::to_owned).collect());
    let go = |other: String| {
        let args: Vec<&str> = other.split_whitespace().collect();
        let said = project.harness_with(&args, &env);
        assert_eq!(said.code, 0, "{other}: {said:?}");
    };
    others("before").unwrap_or_else(Vec::new).into_iter().for_each(go);
    let said = project::said(&command.output().unwrap());
    others("after").unwrap_or_else(Vec::new).into_iter().for_each(go);
    toy.into_iter().for_each(Toy::end);
    let junit = std::fs::read_to_string(project.root().join("junit.xml")).unwrap_or_default();
    let shown = [said.out.as_str(), said.err.as_str(), junit.as_str()];
    let shown = shown.map(|text| redacted(&text.replace(&folder, "PROJECT")));
    let page = format!(
        "exit {}\n-- stdout\n{}\n-- stderr\n{}\n-- junit\n{}",
        said.code, shown[0], shown[1], shown[2]
    );
    (said, page)
}

/// What differs from run to run is named for what it is.
fn redacted(text: &str) -> String {
    let table = [
        (r"http://127\.0\.0\.1:\d{4,5}", "http://server"),
        (r"127\.0\.0\.1:\d{4,5}", "server"),
        (r"r-\d{8}-\d{6}-\d{3}-[0-9a-f]{4}", "RUN"),
        // Where a long value is cut depends on the digits of its times.
        (r"(?:&quot;|\x22)sha[^…\n]*…", "…"),
        (r"\d{4}-\d\d-\d\dT[0-9:.]+(?:\+00:00|Z)", "INSTANT"),
        (r"\b(time|timestamp|uuid)=\x22[^\x22]*\x22", "$1=\"…\""),
        (r" +\d+\.\d{3}s", " TIME"),
        (r"\b\d+(\.\d+)? ?ms\b", "TIME"),
        (r"\b\d+ (attempts|looks|times)\b", "N $1"),
        (r"(?m)^\d{4}-\d\d-\d\d, \d+ cores, \w+ build", "DAY, N cores, A build"),
        (r"\.tmp\w{6}", ".tmp…"),
        (r"\bw_[0-9a-f]+_\d+_", "w_WORLD_"),
        (r"Connection refused \(os error \d+\)", "Connection refused"),
        (r"iterations=\d+", "iterations=N"),
        (r"ray=[0-9a-f]{16}-[A-Z]{3}", "ray=RAY"),
        (
            r"was built from \w+, the working tree is [0-9a-f]{40}",
            "was built from DIGEST, the working tree is DIGEST",
        ),
        (r"\b[0-9a-f]{40}\b", "DIGEST"),
        (r"harness/(\w+):[0-9a-f]{16}", "harness/$1:DIGEST"),
        (r"cache/runs/\w+/\d+", "cache/runs/WORLD"),
        (r"\bagent-\w{6}\b", "agent-…"),
        (r"process \d+ \([^)]*\)", "process PID (COMMAND)"),
        (r"(building `tool` failed\n)error: [^\n\x22<]*", "${1}(what cargo said)"),
        (r"(took|first_byte)(\x22|&quot;):\d+", "$1$2:N"),
        (r"(?i)date: [^\n<]*", "date: …"),
    ];
    let text = table.iter().fold(text.to_owned(), |text, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
    });
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn check(family: &str) {
    let cases = cases(family);
    assert!(!cases.is_empty(), "{family} has no case");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root().join("fixtures/failing").join(family));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (name, text) in cases {
        let (said, page) = said(&text);
        assert!(said.code != 0 || name == "as-expected", "{family}/{name} is not bad news: {page}");
        settings.bind(|| insta::assert_snapshot!(name.as_str(), page));
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_all_its_mistakes() {
    check("parse");
}

#[test]
fn a_file_that_makes_no_sense_is_told_with_the_place() {
    check("check");
}

#[test]
fn a_world_that_cannot_begin_is_told_with_the_fix() {
    check("boot");
}

#[test]
fn a_step_that_does_not_hold_explains_itself() {
    check("step");
}

#[test]
fn a_listed_replay_that_behaves_otherwise_is_told_with_its_entry() {
    check("xfail");
}

#[test]
fn a_report_or_a_choice_that_cannot_be_served_is_told_with_the_fix() {
    check("report");
}

#[test]
fn an_image_that_cannot_be_had_is_told_with_the_fix() {
    check("images");
}

#[test]
fn a_figure_that_would_mean_nothing_is_told_with_the_cause() {
    check("bench");
}

/// Errors that no case shows, each with the reason.
const UNSHOWN: &[(&str, &str)] =
    &[("RedisFailure::Timeout", "after half a minute of silence; held by the tests of the client")];

/// Every error type of the harness, with its variants: `WorldError::Stale`, `RenderError`.
fn error_kinds() -> BTreeSet<String> {
    let kind = r"#\[derive\([^\]]*\bError\b[^\]]*\)\](?:\s*#\[[^\n]*\]|\s*//[^\n]*)*\s*pub(?:\([^)]*\))? (enum|struct) (\w+)";
    let (kind, variant) = (Regex::new(kind).unwrap(), Regex::new(r"^    ([A-Z]\w*)\b").unwrap());
    let mut kinds = BTreeSet::new();
    for top in ["harness/src", "harness/model/src"] {
        for entry in walkdir::WalkDir::new(root().join(top)).into_iter().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            for found in kind.captures_iter(&text) {
                let body = &text[found.get(0).unwrap().end()..];
                let lines = body.lines().take_while(|line| *line != "}");
                let variants: Vec<_> =
                    lines.filter_map(|line| Some(variant.captures(line)?[1].to_owned())).collect();
                match &found[1] {
                    "enum" => {
                        kinds.extend(variants.iter().map(|variant| format!("{}::{variant}", &found[2])))
                    }
                    _ => drop(kinds.insert(found[2].to_owned())),
                }
            }
        }
    }
    kinds
}

/// What is neither shown by a case nor excused; and excuses for what is not there any more.
fn gaps(kinds: &BTreeSet<String>) -> Vec<String> {
    let shown: String = FAMILIES
        .iter()
        .flat_map(|family| cases(family))
        .filter_map(|(_, text)| head(&text, "shows").map(|shows| format!("{shows}\n")))
        .collect();
    let is = |kind: &str, name: &str| kind == name || kind.starts_with(&format!("{name}::"));
    let shows = |kind: &str| shown.split(|c: char| !c.is_alphanumeric() && c != ':').any(|word| word == kind);
    let open = kinds.iter().filter(|kind| !shows(kind) && !UNSHOWN.iter().any(|(name, _)| is(kind, name)));
    let idle = UNSHOWN.iter().map(|(name, _)| *name).filter(|name| !kinds.iter().any(|kind| is(kind, name)));
    open.map(|kind| format!("no case shows {kind}"))
        .chain(idle.map(|name| format!("{name} is no error")))
        .collect()
}

/// A kind of error without a case would be pinned by nobody.
#[test]
fn every_kind_of_error_has_a_case_or_a_reason() {
    let mut kinds = error_kinds();
    assert!(kinds.contains("Problem::Twice") && kinds.contains("RenderError"), "{kinds:?}");
    assert_eq!(gaps(&kinds), Vec::<String>::new());
    kinds.insert("PlantedError::New".into());
    assert_eq!(gaps(&kinds), ["no case shows PlantedError::New"]);
}
