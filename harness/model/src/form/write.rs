//! Putting a mapping together for printing.

use crate::yaml::{Entry, Key, Node, Span, Tree};

use super::{Form, Fragment};

/// A mapping that is being printed.
#[derive(Debug, Default)]
pub struct MapWriter {
    entries: Vec<Entry>,
}

impl MapWriter {
    /// Puts a node under a key.
    pub fn node(&mut self, key: impl Into<String>, value: Node) {
        self.entries.push(Entry { key: Key { text: key.into(), span: Span::NOWHERE }, value });
    }

    /// A field that is always written.
    pub fn required<T: Form>(&mut self, key: &str, value: &T) {
        self.node(key, value.write());
    }

    /// A field that is written when it is there.
    pub fn optional<T: Form>(&mut self, key: &str, value: &Option<T>) {
        if let Some(value) = value {
            self.required(key, value);
        }
    }

    /// A field that is written when it differs from its default.
    pub fn default<T: Form + Default + PartialEq>(&mut self, key: &str, value: &T) {
        if *value != T::default() {
            self.required(key, value);
        }
    }

    /// A group of keys.
    pub fn group<T: Fragment>(&mut self, value: &T) {
        value.put(self);
    }

    /// A group of keys that may be left out.
    pub fn maybe<T: Fragment>(&mut self, value: &Option<T>) {
        if let Some(value) = value {
            value.put(self);
        }
    }

    /// The finished mapping.
    pub fn finish(self) -> Node {
        Node::of(Tree::Map(self.entries))
    }
}
