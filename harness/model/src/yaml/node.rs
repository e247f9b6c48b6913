//! The spanned tree.

use serde_json::{Map, Number, Value};

use super::Span;

/// One node of a YAML document.
#[derive(Debug, Clone)]
pub struct Node {
    /// What stands there.
    pub tree: Tree,
    /// Where it stands.
    pub span: Span,
}

/// The kinds of nodes: the JSON data model, with map entries in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer or a finite float.
    Number(Number),
    /// Any other scalar.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping; keys are unique.
    Map(Vec<Entry>),
}

/// One `key: value` of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Node,
}

/// A key of a mapping.
#[derive(Debug, Clone)]
pub struct Key {
    /// The key itself.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Nodes are equal when they say the same, wherever they stand.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

/// Keys are equal when they say the same, wherever they stand.
impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Node {
    /// A node that stands in no file.
    pub fn of(tree: Tree) -> Self {
        Self { tree, span: Span::NOWHERE }
    }

    /// A text node that stands in no file.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Tree::Text(text.into()))
    }

    /// A map node that stands in no file.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Node)>) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| Entry { key: Key { text: key.into(), span: Span::NOWHERE }, value });
        Self::of(Tree::Map(entries.collect()))
    }

    /// The same data as a node that stands at `span`.
    pub fn from_json(value: &Value, span: Span) -> Self {
        let tree = match value {
            Value::Null => Tree::Null,
            Value::Bool(value) => Tree::Bool(*value),
            Value::Number(value) => Tree::Number(value.clone()),
            Value::String(value) => Tree::Text(value.clone()),
            Value::Array(items) => Tree::List(items.iter().map(|item| Self::from_json(item, span)).collect()),
            Value::Object(map) => Tree::Map(
                map.iter()
                    .map(|(key, value)| Entry {
                        key: Key { text: key.clone(), span },
                        value: Self::from_json(value, span),
                    })
                    .collect(),
            ),
        };
        Self { tree, span }
    }

    /// The same data without positions.
    pub fn to_json(&self) -> Value {
        match &self.tree {
            Tree::Null => Value::Null,
            Tree::Bool(value) => Value::Bool(*value),
            Tree::Number(value) => Value::Number(value.clone()),
            Tree::Text(value) => Value::String(value.clone()),
            Tree::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Tree::Map(entries) => Value::Object(
                entries
                    .iter()
                    .map(|entry| (entry.key.text.clone(), entry.value.to_json()))
                    .collect::<Map<_, _>>(),
            ),
        }
    }

    /// The text of a text node.
    pub fn as_text(&self) -> Option<&str> {
        match &self.tree {
            Tree::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a map node.
    pub fn as_map(&self) -> Option<&[Entry]> {
        match &self.tree {
            Tree::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value under `key` of a map node.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_map()?.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// What the node is, in words for messages.
    pub fn kind(&self) -> &'static str {
        match self.tree {
            Tree::Null => "nothing",
            Tree::Bool(_) => "a boolean",
            Tree::Number(_) => "a number",
            Tree::Text(_) => "a text",
            Tree::List(_) => "a list",
            Tree::Map(_) => "a mapping",
        }
    }
}
