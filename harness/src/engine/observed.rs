//! What came of an action: the tree that expectations are put on, and the evidence for reports.

use harness_model::event::{self, Bound, Window};
use harness_model::matcher::Mismatch;
use harness_model::replay::Facet;
use serde_json::{Map, Value};

use super::http::Request;

/// What came of one run of an action.
#[derive(Debug, Default)]
pub(crate) struct Observed {
    facets: Map<String, Value>,
    /// What went over the wire, masked.
    pub(crate) exchange: Option<event::Exchange>,
    /// The request, for a line to paste into a shell.
    pub(crate) request: Option<Box<Request>>,
    /// What the action itself found wrong: frames that did not come, a snapshot that differs.
    pub(crate) mismatches: Vec<Mismatch>,
    /// What the rules of the topology found wrong with it.
    pub(crate) breaches: Vec<Mismatch>,
    /// The names that the action's own demands asked for.
    pub(crate) bound: Bound,
    /// The frames that were looked at; their payloads are not masked.
    pub(crate) window: Option<Window>,
    /// Milliseconds it took.
    pub(crate) took_ms: u64,
}

impl Observed {
    /// Nothing to put an expectation on.
    #[must_use]
    pub(crate) fn nothing() -> Self {
        Self::default()
    }

    /// Adds a facet.
    #[must_use]
    pub(crate) fn with(mut self, facet: Facet, value: impl Into<Value>) -> Self {
        self.set(facet, value);
        self
    }

    /// Adds a facet that may be missing.
    #[must_use]
    pub(crate) fn maybe(mut self, facet: Facet, value: Option<impl Into<Value>>) -> Self {
        if let Some(value) = value {
            self.set(facet, value);
        }
        self
    }

    /// Adds the evidence.
    #[must_use]
    pub(crate) fn seen_as(mut self, exchange: event::Exchange) -> Self {
        self.exchange = Some(exchange);
        self
    }

    /// Sets a facet.
    pub(crate) fn set(&mut self, facet: Facet, value: impl Into<Value>) {
        self.facets.insert(facet.word().to_owned(), value.into());
    }

    /// A facet.
    #[must_use]
    pub(crate) fn facet(&self, facet: Facet) -> Option<&Value> {
        self.facets.get(facet.word())
    }

    /// Every facet by its word.
    #[must_use]
    pub(crate) fn facets(&self) -> &Map<String, Value> {
        &self.facets
    }

    /// The whole tree.
    #[must_use]
    pub(crate) fn tree(&self) -> Value {
        Value::Object(self.facets.clone())
    }
}
