//! One case per replay and row of its matrix.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use harness_model::form::Form as _;
use harness_model::replay::{Matrix, Row};
use harness_model::verdict::CaseId;
use harness_model::yaml::{self, Diagnostics, Node, Source, Style, Tree};
use serde_json::Value;

use super::{Case, NOT_REPLAYS, Project, Subject, files, fit, folders, stem, unreadable};

pub(super) fn find(project: &Project) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for area in folders(&project.replays())? {
        if NOT_REPLAYS.iter().any(|name| area.ends_with(name)) {
            continue;
        }
        for file in files(&area, "yaml")? {
            cases.extend(cases_of(project, &stem(&area), &file));
        }
    }
    Ok(cases)
}

/// Reads only what names need: the matrix and the tags. Whether the rest is right is seen when a case runs.
fn cases_of(project: &Project, area: &str, file: &Path) -> Vec<Case> {
    let base = format!("replay::{area}::{}", stem(file));
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) => {
            return vec![unreadable(CaseId(base), file, format!("{}: {error}", project.shown(file)))];
        }
    };
    let mut diagnostics = Diagnostics::new(Source::new(project.shown(file), text));
    let root = yaml::parse(&mut diagnostics);
    let matrix =
        root.as_ref().and_then(|root| root.get("matrix")).map(|node| Matrix::read(node, &mut diagnostics));
    let rows = match (&root, matrix) {
        (Some(_), None) => vec![Row::new()],
        (Some(_), Some(Some(matrix))) => matrix.rows(),
        (None, _) | (_, Some(None)) => {
            return vec![unreadable(CaseId(base), file, diagnostics.render(Style::Plain))];
        }
    };
    let tags = tags(root.as_ref());
    labels(&rows)
        .into_iter()
        .zip(rows)
        .map(|(label, row)| Case {
            id: CaseId(if label.is_empty() { base.clone() } else { format!("{base}::{label}") }),
            tags: tags.clone(),
            file: file.to_owned(),
            subject: Subject::Replay { row },
        })
        .collect()
}

/// The tags; the issues that the replay closes are tags, too.
fn tags(root: Option<&Node>) -> Vec<String> {
    let of = |key| match root.and_then(|root| root.get(key)).map(|node| &node.tree) {
        Some(Tree::List(texts)) => texts.iter().filter_map(Node::as_text).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    [of("tags"), of("closes")].concat()
}

/// A label per row, as in `tenant=alpha`; equal ones are numbered.
fn labels(rows: &[Row]) -> Vec<String> {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let label = |row: &Row| {
        let parts: Vec<_> = row.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
        let label = fit(&parts.join(","));
        let times = seen.entry(label.clone()).and_modify(|times| *times += 1).or_insert(1);
        if *times == 1 { label } else { format!("{label}#{times}") }
    };
    rows.iter().map(label).collect()
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
