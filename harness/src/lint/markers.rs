//! Marks of something left out: a replay is never half there. What cannot pass yet stands in the list of expected
//! failures, with its issue; the language has no word for skipping, so only comments are left to hide it in.

use std::sync::LazyLock;

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Source, Span};
use regex::Regex;

use super::{Report, source};
use crate::project::Project;

static MARKER: LazyLock<Regex> = LazyLock::new(|| {
    let words =
        r"(?:todo|fixme|xxx|disabled|skip(?:ped)? (?:this|for now|until|because)|(?:early[- ])exit|exit 0)";
    let commented_out =
        r"(?:- )?(?:name|http|sql|redis|expect|eventually|never|stays|steps|witness|capture):";
    Regex::new(&format!(r"(?im)(?:^|\s)#\s*(?:.*\b({words})\b|({commented_out}))"))
        .expect("a regular expression")
});

/// Looks through every replay, part and judge.
pub(super) fn check(project: &Project, report: &mut Report) {
    let mut files = Vec::new();
    for root in [project.replays(), project.corpus()] {
        let is_yaml = |path: &std::path::Path| path.extension().is_some_and(|extension| extension == "yaml");
        for entry in walkdir::WalkDir::new(root).sort_by_file_name().into_iter().flatten() {
            let is_ledger = entry.path().starts_with(project.replays().join("ledger"));
            if entry.file_type().is_file() && is_yaml(entry.path()) && !is_ledger {
                files.push(entry.into_path());
            }
        }
    }
    for file in files {
        if let Some(source) = source(project, &file) {
            report.diagnostics(&of_file(source));
        }
    }
}

fn of_file(source: Source) -> Diagnostics {
    let mut diagnostics = Diagnostics::new(source.clone());
    for found in MARKER.captures_iter(source.text()) {
        let Some(marker) = found.get(1).or_else(|| found.get(2)) else { continue };
        let before = &source.text()[..marker.start()];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let span = Span { start: marker.start(), end: marker.end(), line, column };
        let message = format!("`{}`: something of this replay is left out", marker.as_str());
        let help = "write it, or list the replay in replays/xfail.yaml with its issue";
        diagnostics.push(Diagnostic::lint(span, message).rule(Rule::SkipMarker).help(help));
    }
    diagnostics
}
