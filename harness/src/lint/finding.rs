//! One finding of the lint, ready to print and ready for programs.

use std::collections::BTreeSet;

use harness_model::rule::Rule;
use harness_model::yaml::{Diagnostics, Severity, Style};
use serde::Serialize;

/// Whether a finding fails the lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It does.
    Refused,
    /// It is worth a look.
    Warning,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The file, relative to the project.
    pub file: String,
    /// The line, from 1; 0 when the file as a whole is meant.
    pub line: usize,
    /// The column, from 1; 0 as above.
    pub column: usize,
    /// The rule, by its name.
    pub rule: &'static str,
    /// Whether it fails the lint.
    pub weight: Weight,
    /// What is wrong, in one line.
    pub message: String,
    /// How to put it right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The finding with its place and source line, ready to print.
    #[serde(skip)]
    pub text: String,
}

/// What a lint found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// Files that were looked at.
    pub files: BTreeSet<String>,
    /// In the order of the files.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Adds what another lint found.
    pub fn merge(&mut self, other: Report) {
        self.files.extend(other.files);
        self.findings.extend(other.findings);
    }

    /// Adds what was found in one file.
    pub(super) fn diagnostics(&mut self, diagnostics: &Diagnostics) {
        self.files.insert(diagnostics.source().path().to_owned());
        for found in diagnostics.sorted() {
            let mut single = Diagnostics::new(diagnostics.source().clone());
            single.push(found.clone());
            let weight = match found.severity {
                Severity::Warning => Weight::Warning,
                Severity::Lint | Severity::Error => Weight::Refused,
            };
            self.findings.push(Finding {
                file: diagnostics.source().path().to_owned(),
                line: found.span.line,
                column: found.span.column,
                rule: found.rule.word(),
                weight,
                message: found.message.clone(),
                fix: found.help.clone(),
                text: single.render(Style::Coloured),
            });
        }
    }

    /// Adds a finding that has no place of its own.
    pub(super) fn refuse(&mut self, rule: Rule, file: &str, text: impl Into<String>) {
        self.add(rule, Weight::Refused, file, text);
    }

    /// As [`Report::refuse`], with the weight that it has.
    pub(super) fn add(&mut self, rule: Rule, weight: Weight, file: &str, text: impl Into<String>) {
        let text = text.into();
        let message = text.lines().next().unwrap_or_default().to_owned();
        let (file, rule, fix) = (file.to_owned(), rule.word(), None);
        self.findings.push(Finding { file, line: 0, column: 0, rule, weight, message, fix, text });
    }
}
