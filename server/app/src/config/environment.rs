//! Where settings come from: control plane over process over `.env`, in that order.
//!
//! This is the only place that touches the process environment; everything else sees this map.

use std::collections::BTreeMap;

/// Names and values, already merged by precedence.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// What the process was started with; values that are not UTF-8 count as unset.
    pub fn from_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    /// The value of a variable; unset and empty are the same.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether the variable is there at all, be it empty.
    pub fn is_present(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Adds what is not set yet; set but empty counts as set. Returns (added, already set).
    pub fn merge_below(&mut self, entries: impl IntoIterator<Item = (String, String)>) -> (usize, usize) {
        let (mut added, mut kept) = (0, 0);
        for (name, value) in entries {
            if let std::collections::btree_map::Entry::Vacant(slot) = self.0.entry(name) {
                slot.insert(value);
                added += 1;
            } else {
                kept += 1;
            }
        }
        (added, kept)
    }

    /// Sets a value above everything else: what the control plane says.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(pairs: [(&str, &str); N]) -> Self {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// Names only: values may be secrets.
impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
