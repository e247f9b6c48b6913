//! Recorded values as the scope of templates.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use harness_model::event::Bound;
use harness_model::template::{Generator, Scope};
use serde_json::Value;

/// The scope of an expectation that is bound again.
pub(super) struct Recorded<'r> {
    bound: &'r Bound,
    root: &'r Path,
    /// How many of a generator's values have been given out.
    given: RefCell<HashMap<String, usize>>,
    /// A name that the record does not know.
    unknown: RefCell<Option<String>>,
}

impl<'r> Recorded<'r> {
    pub(super) fn of(bound: &'r Bound, root: &'r Path) -> Self {
        Self { bound, root, given: RefCell::default(), unknown: RefCell::default() }
    }

    /// A generator that was asked for and made no value then.
    pub(super) fn unknown(self) -> Option<String> {
        self.unknown.into_inner()
    }
}

impl Scope for Recorded<'_> {
    fn variable(&self, name: &str) -> Option<Value> {
        self.bound.0.get(name).cloned()
    }

    fn world(&self, dotted: &str) -> Option<Value> {
        self.bound.0.get(dotted).cloned()
    }

    fn call(&self, dotted: &str, args: &[Value]) -> Result<Value, String> {
        let key = Bound::call(dotted, args);
        let known = self.bound.0.get(&key).cloned();
        known.ok_or_else(|| format!("`{key}` was not asked for in the recorded run"))
    }

    fn generate(&self, what: Generator) -> Value {
        let key = format!("{what}()");
        let made = self.bound.0.get(&key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut given = self.given.borrow_mut();
        let position = given.entry(key).or_default();
        *position += 1;
        let value = made.get(*position - 1).or_else(|| made.last()).cloned();
        value.unwrap_or_else(|| {
            self.unknown.borrow_mut().get_or_insert_with(|| what.to_string());
            Value::Null
        })
    }

    fn file(&self, path: &str) -> Result<Value, String> {
        let text = std::fs::read_to_string(self.root.join(path)).map_err(|e| format!("{path}: {e}"))?;
        serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))
    }
}
