//! Forms of the types that every language needs.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::yaml::{Diagnostic, Diagnostics, Node, Span, Tree};

use super::{Form, NameVisitor, any_of, wrong_kind};

/// Names the type inside an `Option`, for schemas of fields that may be left out.
pub trait Maybe {
    /// The type inside.
    type Inner;
}

impl<T> Maybe for Option<T> {
    type Inner = T;
}

impl Form for bool {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.tree {
            Tree::Bool(value) => Some(value),
            _ => wrong_kind(node, "true or false", diagnostics),
        }
    }

    fn write(&self) -> Node {
        Node::of(Tree::Bool(*self))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

/// A key that only ever says `true`: leaving it out is how to say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Yes;

impl Form for Yes {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.tree {
            Tree::Bool(true) => Some(Self),
            _ => wrong_kind(node, "true (leave the key out to say no)", diagnostics),
        }
    }

    fn write(&self) -> Node {
        Node::of(Tree::Bool(true))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "const": true })
    }
}

impl Form for String {
    /// Numbers and booleans are refused: `"5"` and `5` differ in JSON, so they differ here.
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match &node.tree {
            Tree::Text(text) => Some(text.clone()),
            Tree::Number(_) | Tree::Bool(_) => {
                let message = format!("expected a text, found {}", node.kind());
                diagnostics.push(Diagnostic::error(node.span, message).help("put it in quotes"));
                None
            }
            _ => wrong_kind(node, "a text", diagnostics),
        }
    }

    fn write(&self) -> Node {
        Node::text(self.clone())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

macro_rules! whole_numbers {
    ($($ty:ty),*) => { $(
        impl Form for $ty {
            fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
                let Tree::Number(number) = &node.tree else {
                    return wrong_kind(node, "a whole number", diagnostics);
                };
                let wide = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
                let fitting = wide.and_then(|wide| Self::try_from(wide).ok());
                if fitting.is_none() {
                    let message = format!("expected a whole number from {} to {}", Self::MIN, Self::MAX);
                    diagnostics.push(Diagnostic::error(node.span, message));
                }
                fitting
            }

            fn write(&self) -> Node {
                Node::of(Tree::Number((*self).into()))
            }

            fn schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "integer" })
            }
        }
    )* };
}
whole_numbers!(u16, u32, u64, i64);

impl<T: Form> Form for Box<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        T::read(node, diagnostics).map(Box::new)
    }

    fn write(&self) -> Node {
        (**self).write()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        (**self).names(visit);
    }
}

impl<T: Form> Form for Vec<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Tree::List(items) = &node.tree else {
            return wrong_kind(node, "a list", diagnostics);
        };
        let mut read = Vec::with_capacity(items.len());
        let mut whole = true;
        for item in items {
            match T::read(item, diagnostics) {
                Some(item) => read.push(item),
                None => whole &= diagnostics.lose(item.span) && T::STANDS_ALONE,
            }
        }
        whole.then_some(read)
    }

    fn write(&self) -> Node {
        Node::of(Tree::List(self.iter().map(T::write).collect()))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let items = T::schema(generator);
        json_schema!({ "type": "array", "items": items })
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.iter().for_each(|item| item.names(visit));
    }
}

/// One value or a list of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Many<T>(pub Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for Many<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Form> Form for Many<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.tree {
            Tree::List(_) => Vec::read(node, diagnostics).map(Self),
            _ => T::read(node, diagnostics).map(|only| Self(vec![only])),
        }
    }

    fn write(&self) -> Node {
        match self.0.as_slice() {
            [only] => only.write(),
            _ => self.0.write(),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        any_of([T::schema(generator), Vec::<T>::schema(generator)])
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.0.names(visit);
    }
}

/// A mapping whose keys are free, in the order of the file.
#[derive(Debug, Clone)]
pub struct Map<T> {
    entries: Vec<(String, Span, T)>,
}

/// Maps are equal when they say the same in the same order, wherever they stand.
impl<T: PartialEq> PartialEq for Map<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T> Default for Map<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> Map<T> {
    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(key, _, value)| (key.as_str(), value))
    }

    /// Keys, where they stand, and values in order.
    pub fn spanned(&self) -> impl Iterator<Item = (&str, Span, &T)> {
        self.entries.iter().map(|(key, span, value)| (key.as_str(), *span, value))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.iter().find(|(written, _)| *written == key).map(|(_, value)| value)
    }

    /// Adds a value that stands nowhere.
    pub fn insert(&mut self, key: impl Into<String>, value: T) {
        self.entries.push((key.into(), Span::NOWHERE, value));
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<T> FromIterator<(String, T)> for Map<T> {
    fn from_iter<I: IntoIterator<Item = (String, T)>>(entries: I) -> Self {
        let entries = entries.into_iter().map(|(key, value)| (key, Span::NOWHERE, value));
        Self { entries: entries.collect() }
    }
}

impl<T: Form> Form for Map<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            return wrong_kind(node, "a mapping", diagnostics);
        };
        let read: Vec<_> = entries
            .iter()
            .map(|entry| {
                let value = T::read(&entry.value, diagnostics)?;
                Some((entry.key.text.clone(), entry.key.span, value))
            })
            .collect();
        read.into_iter().collect::<Option<Vec<_>>>().map(|entries| Self { entries })
    }

    fn write(&self) -> Node {
        Node::map(self.iter().map(|(key, value)| (key, value.write())))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let values = T::schema(generator);
        json_schema!({ "type": "object", "additionalProperties": values })
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.iter().for_each(|(_, value)| value.names(visit));
    }
}
