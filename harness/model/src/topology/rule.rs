//! A rule: what every answer of some kind must be like, whoever asked for it and whatever the step is about.
//!
//! A step says what it is about and nothing else; what holds of all answers alike (their headers, the fields of a
//! workspace, the text of an error) is said once, under `always:`, and judged on every look of every step.

use std::cell::Cell;

use serde_json::{Map, Value};

use crate::matcher::{self, Matcher, Mismatch, Pattern};
use crate::record;
use crate::replay::{BoundCheck, Expectation, Facet};
use crate::template::{Generator, RenderError, Scope};
use crate::yaml::{Diagnostic, Diagnostics};

record! {
    /// A rule as it is written.
    pub struct RuleForm in "a rule" {
        /// What holds, as a sentence; failures name it.
        name: String = required("name"),
        /// Whose answers: a matcher of what was asked.
        of: Pattern = required("of"),
        /// Which of these answers; all of them without it.
        when: Option<Expectation> = optional("when"),
        /// What must hold of them.
        expect: Expectation = required("expect"),
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What holds, as a sentence; failures name it.
    pub name: String,
    of: Matcher,
    when: Vec<BoundCheck>,
    expect: Vec<BoundCheck>,
}

impl RuleForm {
    /// The rule, which knows values only and no names.
    ///
    /// # Errors
    /// When it asks for a name.
    pub(super) fn lower(&self) -> Result<Rule, RenderError> {
        let scope = Nameless::default();
        let when = self.when.as_ref().map(|when| when.bind(&scope)).transpose()?;
        let rule = Rule {
            name: self.name.clone(),
            of: self.of.bind(&scope)?,
            when: when.unwrap_or_default(),
            expect: self.expect.bind(&scope)?,
        };
        match scope.asked.take() {
            None => Ok(rule),
            Some(what) => {
                Err(RenderError { template: format!("${{{what}}}"), message: "is new each time".into() })
            }
        }
    }

    /// Pushes what is wrong with it.
    pub(super) fn check(&self, diagnostics: &mut Diagnostics) {
        if let Err(error) = self.lower() {
            let help = "a rule judges every step of every replay: it knows values, matchers and no names";
            let problem = format!("rule `{}`: {error}", self.name);
            diagnostics.push(Diagnostic::error(self.span, problem).help(help));
        }
    }
}

impl Rule {
    /// Whether it is about the answers to this.
    #[must_use]
    pub fn is_of(&self, asked: &Map<String, Value>) -> bool {
        matcher::judge(&self.of, &Value::Object(asked.clone())).is_empty()
    }

    /// Whether it is about this answer.
    #[must_use]
    pub fn is_about(&self, facets: &Map<String, Value>) -> bool {
        self.when.iter().all(|check| check.judge_found(facets.get(check.facet.word())).is_empty())
    }

    /// What each of its checks finds wrong with an answer, with the facet it looks at.
    pub fn judge(&self, facets: &Map<String, Value>) -> impl Iterator<Item = (Facet, Vec<Mismatch>)> {
        let is_about = self.is_about(facets);
        self.expect.iter().map(move |check| {
            let found = || check.judge_found(facets.get(check.facet.word()));
            let mismatches = if is_about { found() } else { Vec::new() };
            (check.facet, mismatches.into_iter().map(|mismatch| self.named(mismatch)).collect())
        })
    }

    fn named(&self, mismatch: Mismatch) -> Mismatch {
        Mismatch { expected: format!("{} (always: {})", mismatch.expected, self.name), ..mismatch }
    }
}

/// A scope without any name.
#[derive(Default)]
struct Nameless {
    /// A generator that was asked for.
    asked: Cell<Option<Generator>>,
}

impl Scope for Nameless {
    fn variable(&self, _: &str) -> Option<Value> {
        None
    }

    fn generate(&self, what: Generator) -> Value {
        self.asked.set(Some(what));
        Value::Null
    }
}
