//! Judging the frames of a connection: which came, in which order, and which must not come.
//!
//! Pure, so that a live step, a later judge and a mutated copy are judged alike.

use harness_model::event::{Bound, Window};
use harness_model::matcher::Mismatch;
use harness_model::replay::action::{NeverSees, Sees};
use harness_model::replay::{BoundCheck, Expectation, Facet};
use harness_model::template::{RenderError, Scope};
use harness_model::yaml::Span;
use serde_json::{Map, Value};

use super::ear::Ear;
use super::judge::judge_facets;

/// An expectation in a scope, and the names it asked for.
///
/// # Errors
/// When a template has no value.
pub(crate) fn bind(
    expectation: &Expectation,
    scope: &dyn Scope,
) -> Result<(Vec<BoundCheck>, Bound), RenderError> {
    let ear = Ear::on(scope);
    let checks = expectation.bind(&ear)?;
    Ok((checks, ear.heard()))
}

/// One list of checks per expectation, with its place.
pub(crate) type Wanted = Vec<(Vec<BoundCheck>, Span)>;

/// As [`bind`], for several in order.
///
/// # Errors
/// When a template has no value.
pub(crate) fn bind_all(
    expectations: &[Expectation],
    scope: &dyn Scope,
) -> Result<(Wanted, Bound), RenderError> {
    let ear = Ear::on(scope);
    let mut wanted = Vec::with_capacity(expectations.len());
    for expectation in expectations {
        wanted.push((expectation.bind(&ear)?, expectation.span));
    }
    Ok((wanted, ear.heard()))
}

/// The search for frames in order.
pub(crate) struct Search<'w> {
    wanted: &'w Wanted,
    nothing_else: bool,
    found: Vec<Value>,
    /// Frames since the last one found that are not the next one.
    passed: Vec<Value>,
    /// How the frame that came nearest to the wanted one differs.
    nearest: Option<Vec<Mismatch>>,
}

impl<'w> Search<'w> {
    /// A search that has not seen a frame yet.
    pub(crate) fn of(sees: &Sees, wanted: &'w Wanted) -> Self {
        let nothing_else = sees.nothing_else;
        Self { wanted, nothing_else, found: Vec::new(), passed: Vec::new(), nearest: None }
    }

    /// The search over all frames that came in time.
    pub(crate) fn through(mut self, window: &Window) -> Self {
        for looked in window.frames.iter().filter(|looked| looked.at_ms <= window.until_ms) {
            if self.is_over() {
                break;
            }
            self.look(&looked.frame);
        }
        self
    }

    /// Whether further frames change nothing: all were found, or one came that must not.
    pub(crate) fn is_over(&self) -> bool {
        self.is_done() || (self.nothing_else && !self.passed.is_empty())
    }

    fn is_done(&self) -> bool {
        self.found.len() == self.wanted.len()
    }

    /// Looks at the next frame.
    pub(crate) fn look(&mut self, frame: &Map<String, Value>) {
        let Some((checks, span)) = self.wanted.get(self.found.len()) else { return };
        let judgement = judge_facets(checks, frame, *span, &|_| true);
        let frame = Value::Object(frame.clone());
        if judgement.holds() {
            self.found.push(frame);
            self.passed.clear();
            self.nearest = None;
            return;
        }
        let nearer = self.nearest.as_ref().is_none_or(|nearest| judgement.mismatches.len() < nearest.len());
        if nearer {
            self.nearest = Some(judgement.mismatches);
        }
        self.passed.push(frame);
    }

    /// What did not come, and how the frames that came differ; nothing when all were found.
    pub(crate) fn missing(&self, why: &str) -> Vec<Mismatch> {
        if self.is_done() {
            return Vec::new();
        }
        let (number, count) = (self.found.len() + 1, self.wanted.len());
        let span = self.wanted.get(self.found.len()).map(|(_, span)| *span).unwrap_or_default();
        let mut mismatches = vec![Mismatch {
            path: format!("frame {number} of {count}"),
            expected: format!("to come; {why}"),
            actual: Some(Value::Array(self.passed.clone())),
            span,
            diff: None,
        }];
        for mismatch in self.nearest.iter().flatten() {
            let path = format!("frame {number}, nearest: {}", mismatch.path);
            mismatches.push(Mismatch { path, ..mismatch.clone() });
        }
        mismatches
    }

    /// The frames that were found.
    pub(crate) fn into_found(self) -> Value {
        Value::Array(self.found)
    }
}

/// The frames that must not have come. On a dead line nothing can come: its silence proves nothing.
pub(crate) fn intruders(never: &NeverSees, checks: &[BoundCheck], window: &Window) -> Vec<Mismatch> {
    let mismatch = |expected: &str, actual: Value| Mismatch {
        path: format!("frames of {}", never.on),
        expected: expected.to_owned(),
        actual: Some(actual),
        span: never.span,
        diff: None,
    };
    let in_time = window.frames.iter().filter(|looked| looked.at_ms <= window.until_ms);
    let is_it = |frame: &Map<String, Value>| judge_facets(checks, frame, never.span, &|_| true).holds();
    let mut found: Vec<_> = in_time
        .filter(|looked| is_it(&looked.frame))
        .map(|looked| mismatch("no such frame", Value::Object(looked.frame.clone())))
        .collect();
    let about_the_end = checks.iter().any(|check| check.facet == Facet::Closed);
    if let Some(why) = window.ended.as_ref().filter(|_| !about_the_end) {
        found.push(mismatch("an open connection to look at", Value::from(why.clone())));
    }
    found
}
