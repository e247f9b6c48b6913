//! Holding a step's expectation against what was observed.

use harness_model::event;
use harness_model::matcher::Mismatch;
use harness_model::replay::{BoundCheck, Facet};
use harness_model::yaml::{Source, Span};
use serde_json::{Map, Value};

use super::observed::Observed;
use super::secrets::Secrets;

/// What came of judging one observation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Judgement {
    /// Every demand that did not hold.
    pub(crate) mismatches: Vec<Mismatch>,
    /// Checks that held.
    pub(crate) held: u32,
    /// Checks that did not.
    pub(crate) missed: u32,
}

impl Judgement {
    /// Whether everything held.
    #[must_use]
    pub(crate) fn holds(&self) -> bool {
        self.mismatches.is_empty()
    }

    fn add(&mut self, mismatches: Vec<Mismatch>) {
        if mismatches.is_empty() {
            self.held += 1;
        } else {
            self.missed += 1;
            self.mismatches.extend(mismatches);
        }
    }
}

/// Judges an observation.
///
/// An error that no check looks at is a mismatch of its own: a request that got no answer must not pass
/// because `json: absent` holds of nothing.
#[must_use]
pub(crate) fn judge(checks: &[BoundCheck], observed: &Observed, at: Span) -> Judgement {
    let mut judgement = judge_facets(checks, observed.facets(), at, &|_| true);
    for found in [&observed.mismatches, &observed.breaches] {
        if !found.is_empty() {
            judgement.missed += 1;
            judgement.mismatches.splice(0..0, found.iter().cloned());
        }
    }
    judgement
}

/// As [`judge`], of the facets alone, and only by the checks of some of them.
#[must_use]
pub(crate) fn judge_facets(
    checks: &[BoundCheck],
    facets: &Map<String, Value>,
    at: Span,
    counts: &dyn Fn(Facet) -> bool,
) -> Judgement {
    let mut judgement = Judgement::default();
    for check in checks.iter().filter(|check| counts(check.facet)) {
        judgement.add(check.judge_found(facets.get(check.facet.word())));
    }
    let looked_at = |facet| checks.iter().any(|check| check.facet == facet);
    if let Some(error) = facets.get(Facet::Error.word())
        && !looked_at(Facet::Error)
        && !(looked_at(Facet::Status) && facets.contains_key(Facet::Status.word()))
    {
        judgement.add(vec![Mismatch {
            path: "error".to_owned(),
            expected: "no error".to_owned(),
            actual: Some(error.clone()),
            span: at,
            diff: None,
        }]);
    }
    judgement
}

/// Mismatches as events show them: masked, with the line they are written in.
#[must_use]
pub(crate) fn shown(mismatches: &[Mismatch], source: &Source, secrets: &Secrets) -> Vec<event::Mismatch> {
    let mask = |text: &str| secrets.mask(text).into_owned();
    mismatches
        .iter()
        .map(|mismatch| event::Mismatch {
            path: mismatch.path.clone(),
            expected: mask(&mismatch.expected),
            actual: mask(&mismatch.actual_text()),
            diff: mismatch.diff.as_deref().map(mask),
            at: source_at(source, mismatch.span),
        })
        .collect()
}

/// A span as a place in a file.
#[must_use]
pub(crate) fn source_at(source: &Source, span: Span) -> Option<event::SourceAt> {
    if !span.is_somewhere() {
        return None;
    }
    let number = |wide: usize| u32::try_from(wide).unwrap_or(u32::MAX);
    let text = source.line_of(span).to_owned();
    let slice = source.slice(span).lines().next().unwrap_or_default();
    Some(event::SourceAt {
        file: source.path().to_owned(),
        line: number(span.line),
        column: number(span.column),
        width: number(slice.trim_end().chars().count().max(1)),
        text,
    })
}
