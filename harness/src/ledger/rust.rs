//! The checks that are Rust tests: `/// Ledger: EDGE-01, EDGE-02.` above a test function.
//!
//! A test program whose cases are made from data cites once for all of them, in its front page:
//! `//! Ledger: A2A-03.` in `tests/<name>.rs` or `tests/<name>/main.rs`. No other form is read, so that one
//! search finds them all.

use std::io;
use std::path::{Path, PathBuf};

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Source, Span};
use walkdir::{DirEntry, WalkDir};

use super::{Check, Kind, RanAs};
use crate::project::Project;

const MARK: &str = "Ledger: ";

/// A test as test runners name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestName {
    /// The program, as nextest calls it: the package, then the test's own program where it has one.
    pub program: String,
    /// The modules that the file stands for.
    pub modules: Vec<String>,
    /// The function; none when the whole program is meant.
    pub function: Option<String>,
}

impl std::fmt::Display for TestName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}", self.program)?;
        let last = self.function.as_deref().unwrap_or("*").to_owned();
        self.modules.iter().chain([&last]).try_for_each(|word| write!(out, "::{word}"))
    }
}

/// Reads the citations of every Rust source of the project.
pub(super) fn read(project: &Project) -> io::Result<Vec<(Diagnostics, Vec<Check>)>> {
    let mut found = Vec::new();
    let files = WalkDir::new(project.root()).sort_by_file_name().into_iter().filter_entry(is_ours);
    for entry in files {
        let path = entry?.into_path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        if text.contains(MARK) {
            let home = Home::of(&path);
            found.push(of_file(&home, Source::new(project.shown(&path), text)));
        }
    }
    Ok(found)
}

/// Not what was built, and nothing hidden.
fn is_ours(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    entry.depth() == 0 || !(name.starts_with('.') || (name == "target" && entry.file_type().is_dir()))
}

/// The program and the modules that a file stands for.
struct Home {
    program: String,
    modules: Vec<String>,
    is_program: bool,
}

impl Home {
    fn of(file: &Path) -> Self {
        let package = file.ancestors().skip(1).find(|folder| folder.join("Cargo.toml").is_file());
        let package = package.unwrap_or_else(|| Path::new(""));
        let name = package_name(package);
        let inside: PathBuf = file.strip_prefix(package).unwrap_or(file).with_extension("");
        let mut words: Vec<String> = inside.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let top = if words.is_empty() { String::new() } else { words.remove(0) };
        if top == "tests" && !words.is_empty() {
            let program = format!("{name}::{}", words.remove(0));
            let is_program = words.is_empty() || words == ["main"];
            words.retain(|word| word != "main" && word != "mod");
            return Self { program, modules: words, is_program };
        }
        if words.first().is_some_and(|word| word == "bin") && words.len() > 1 {
            let program = format!("{name}::bin/{}", words[1]);
            return Self { program, modules: words.split_off(2), is_program: false };
        }
        words.retain(|word| !["mod", "lib", "main"].contains(&word.as_str()));
        Self { program: name, modules: words, is_program: false }
    }
}

/// The name that a manifest gives its package.
fn package_name(folder: &Path) -> String {
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
    let value =
        |line: &str| Some(line.strip_prefix("name")?.trim_start().strip_prefix('=')?.trim().to_owned());
    let name = manifest.lines().skip_while(|line| line.trim() != "[package]").find_map(value);
    name.map(|name| name.trim_matches('"').to_owned()).unwrap_or_default()
}

fn of_file(home: &Home, source: Source) -> (Diagnostics, Vec<Check>) {
    let mut diagnostics = Diagnostics::new(source.clone());
    let mut checks = Vec::new();
    let lines: Vec<&str> = source.text().lines().collect();
    let mut start = 0;
    for (index, line) in lines.iter().enumerate() {
        let at = Line { number: index + 1, start, text: line };
        start += line.len() + 1;
        let (ids, function) = if let Some(ids) = at.ids("/// ") {
            (ids, function_below(&lines[index + 1..], &lines))
        } else if let Some(ids) = at.ids("//! ").filter(|_| home.is_program) {
            (ids, Function::WholeProgram)
        } else {
            continue;
        };
        let function = match function {
            Function::Test(name) => Some(name),
            Function::WholeProgram => None,
            Function::NoTest => {
                let finding = Diagnostic::error(at.span(), "a citation that stands above no test");
                let help = "it stands in the doc comment right above the test function";
                diagnostics.push(finding.rule(Rule::LedgerCitation).help(help));
                continue;
            }
        };
        let test = TestName { program: home.program.clone(), modules: home.modules.clone(), function };
        checks.push(Check {
            kind: Kind::Test,
            name: test.to_string(),
            file: source.path().to_owned(),
            line: at.number,
            ran_as: RanAs::Test(test),
            cites: ids,
        });
    }
    (diagnostics, checks)
}

/// One line of a source.
struct Line<'a> {
    number: usize,
    start: usize,
    text: &'a str,
}

impl Line<'_> {
    /// The ids that a doc comment of this kind cites; a sentence that ends with a full stop.
    fn ids(&self, comment: &str) -> Option<Vec<(String, Span)>> {
        let rest = self.text.trim_start().strip_prefix(comment)?.strip_prefix(MARK)?.strip_suffix('.')?;
        let mut offset = self.text.len() - rest.len() - 1;
        let ids = rest.split(", ").map(|id| {
            let start = self.start + offset;
            let column = self.text[..offset].chars().count() + 1;
            offset += id.len() + 2;
            (id.to_owned(), Span { start, end: start + id.len(), line: self.number, column })
        });
        Some(ids.collect())
    }

    fn span(&self) -> Span {
        let indent = self.text.len() - self.text.trim_start().len();
        let end = self.start + self.text.len();
        Span { start: self.start + indent, end, line: self.number, column: indent + 1 }
    }
}

enum Function {
    Test(String),
    WholeProgram,
    NoTest,
}

/// The function below a doc comment, when one of the attributes between makes it a test, or when its name
/// stands alone in a line of the file: a macro makes tests of such a list.
fn function_below(lines: &[&str], file: &[&str]) -> Function {
    let is_listed = |name: &str| file.iter().any(|line| line.trim().strip_suffix(',') == Some(name));
    let mut is_test = false;
    for line in lines.iter().map(|line| line.trim_start()) {
        if line.starts_with("#[") {
            is_test |= line.contains("test");
        } else if !line.starts_with("//") {
            let name = line.split_once("fn ").map(|(_, rest)| rest);
            let name = name.and_then(|rest| rest.split(['(', '<']).next());
            return name
                .filter(|name| is_test || is_listed(name))
                .map_or(Function::NoTest, |name| Function::Test(name.to_owned()));
        }
    }
    Function::NoTest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> Home {
        Home { program: "pack".into(), modules: vec!["a".into()], is_program: false }
    }

    fn cited(text: &str) -> (Vec<String>, Vec<String>) {
        let (diagnostics, checks) = of_file(&home(), Source::new("a.rs", text));
        let checks = checks.iter().map(|check| {
            let ids: Vec<_> = check.cites.iter().map(|(id, span)| format!("{id}@{span}")).collect();
            format!("{} {}", check.name, ids.join(" "))
        });
        (checks.collect(), diagnostics.lines())
    }

    #[test]
    fn a_citation_names_the_test_below_it_and_its_ids_have_places() {
        let text = "    /// It holds.\n    /// Ledger: EDGE-01, REG-2.\n    #[tokio::test]\n    async fn holds() {}\n";
        assert_eq!(cited(text), (vec!["pack::a::holds EDGE-01@2:17 REG-2@2:26".to_owned()], Vec::new()));
    }

    #[test]
    fn a_case_that_a_macro_makes_a_test_of_is_a_test() {
        let text = "/// Ledger: EDGE-01.\nasync fn holds(edge: Kind) {}\n\non_both! {\n    holds,\n}\n";
        assert_eq!(cited(text), (vec!["pack::a::holds EDGE-01@1:13".to_owned()], Vec::new()));
    }

    #[test]
    fn a_citation_above_anything_else_is_a_finding() {
        let (checks, findings) = cited("/// Ledger: EDGE-01.\npub fn helper() {}\n");
        assert!(checks.is_empty());
        assert_eq!(findings.len(), 1);
        assert!(
            findings[0].starts_with("a.rs:1:1: error[ledger-citation]: a citation that stands above no test"),
            "{findings:?}"
        );
    }

    #[test]
    fn a_front_page_cites_for_a_whole_test_program_only() {
        let text = "//! Ledger: A2A-3.\nfn main() {}\n";
        assert!(cited(text).0.is_empty());
        let program = Home { program: "pack::corpus".into(), modules: Vec::new(), is_program: true };
        let (_, checks) = of_file(&program, Source::new("tests/corpus/main.rs", text));
        assert_eq!(checks[0].name, "pack::corpus::*");
    }

    #[test]
    fn a_file_stands_for_a_program_and_its_modules() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), "[package]\nname = \"pack\"\n").unwrap();
        let table = [
            ("src/lib.rs", "pack", ""),
            ("src/a/mod.rs", "pack", "a"),
            ("src/a/tests.rs", "pack", "a::tests"),
            ("src/bin/tool.rs", "pack::bin/tool", ""),
            ("tests/cli/main.rs", "pack::cli", ""),
            ("tests/cli/run.rs", "pack::cli", "run"),
            ("tests/house.rs", "pack::house", ""),
        ];
        for (file, program, modules) in table {
            let home = Home::of(&folder.path().join(file));
            assert_eq!(
                (home.program.as_str(), home.modules.join("::").as_str()),
                (program, modules),
                "{file}"
            );
        }
    }
}
