//! The list of expected failures: when it is wrong, that is a case that fails.

use chrono::NaiveDate;
use harness_model::verdict::CaseId;
use harness_model::xfail::{Problem, XfailList};
use harness_model::yaml::{Diagnostic, Source, Style};

use super::{Case, Project, unreadable};

/// The case that tells what is wrong with the list; none when nothing is.
pub(super) fn find(project: &Project, cases: &[Case], today: NaiveDate) -> Option<Case> {
    let file = project.xfail();
    let id = CaseId("xfail::list::is-sound".into());
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return Some(unreadable(id, &file, format!("{}: {error}", project.shown(&file)))),
    };
    let (list, mut diagnostics) = XfailList::read(Source::new(project.shown(&file), text));
    let ids: Vec<_> = cases.iter().map(|case| case.id.clone()).collect();
    for (span, problem) in list.iter().flat_map(|list| list.problems(&ids, today)) {
        // An expired entry is told by the replay it names.
        if !matches!(problem, Problem::Expired { .. }) {
            diagnostics.push(Diagnostic::error(span, problem.to_string()));
        }
    }
    diagnostics.has_errors().then(|| unreadable(id, &file, diagnostics.render(Style::Plain)))
}
