//! Limits that stand in several places: every place says the same number.
//!
//! `fixtures/caps.yaml` names the number and the constants that hold it. A constant is a product of whole numbers;
//! anything else is a finding, because it cannot be compared.

use harness_model::caps::{Cap, Caps, Place};
use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostic, Diagnostics, Source, Span};

use super::Report;
use crate::project::Project;
use crate::runner::load::read;

/// Compares every place of every cap; a project without such a file has none.
pub(super) fn check(project: &Project, report: &mut Report) {
    let file = project.caps();
    if !file.is_file() {
        return;
    }
    let source = match read(project, &file) {
        Ok(source) => source,
        Err(finding) => return report.refuse(Rule::Reference, &project.shown(&file), finding),
    };
    let (caps, mut of_list) = Caps::parse(source);
    for (name, cap) in caps.iter().flat_map(|caps| caps.caps.iter()) {
        for place in &cap.places {
            match read(project, &project.root().join(&place.file.value)) {
                Ok(source) => report.diagnostics(&of_place(name, cap, place, source)),
                Err(why) => {
                    of_list.push(Diagnostic::error(place.file.span, why).rule(Rule::Reference));
                }
            }
        }
    }
    report.diagnostics(&of_list);
}

fn of_place(name: &str, cap: &Cap, place: &Place, source: Source) -> Diagnostics {
    let found = constant(&source, &place.constant);
    let mut diagnostics = Diagnostics::new(source);
    let wanted = cap.bytes.0;
    match found {
        Some((_, Some(bytes))) if bytes == wanted => {}
        Some((span, bytes)) => {
            let has =
                bytes.map_or("no product of whole numbers".to_owned(), |bytes| format!("{bytes} bytes"));
            let message = format!("the {name} of the {} is {has}, everywhere else {wanted} bytes", place.of);
            let help = "write the same number in every place that fixtures/caps.yaml lists, and there";
            diagnostics.push(Diagnostic::lint(span, message).rule(Rule::Cap).help(help));
        }
        None => {
            let top = Span { start: 0, end: 0, line: 1, column: 1 };
            let message = format!("no constant `{}` here: the {name} of the {}", place.constant, place.of);
            diagnostics
                .push(Diagnostic::lint(top, message).rule(Rule::Cap).help("name it in fixtures/caps.yaml"));
        }
    }
    diagnostics
}

/// The value of `const NAME: type = VALUE;`, and where the value stands.
fn constant(source: &Source, name: &str) -> Option<(Span, Option<u64>)> {
    let mut start = 0;
    for (index, line) in source.text().split('\n').enumerate() {
        let declared = line.split_once("const ").filter(|(_, rest)| {
            rest.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with(':'))
        });
        if declared.is_some()
            && let Some(equals) = line.find('=')
        {
            let value = line[equals + 1..].split(';').next().unwrap_or_default().trim();
            let column = equals + 1 + line[equals + 1..].find(value).unwrap_or_default();
            let span = Span {
                start: start + column,
                end: start + column + value.len(),
                line: index + 1,
                column: column + 1,
            };
            return Some((span, product(value)));
        }
        start += line.len() + 1;
    }
    None
}

fn product(text: &str) -> Option<u64> {
    text.split('*').map(|factor| factor.trim().replace('_', "").parse::<u64>().ok()).product()
}
