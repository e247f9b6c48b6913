//! JSON with templates in it.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Number, Value};

use super::Template;
use crate::form::{Form, NameVisitor};
use crate::record;
use crate::yaml::{Diagnostic, Diagnostics, Entry, Node, Tree};

/// A JSON value whose texts and keys are templates.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum TemplateValue {
    /// Nothing.
    #[default]
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Number(Number),
    /// A text; one that is a single expression becomes a value of any type.
    Text(Template),
    /// A list.
    List(Vec<TemplateValue>),
    /// A mapping in the order of the file.
    Map(Vec<(Template, TemplateValue)>),
    /// The content of a JSON file.
    File(Box<FileRef>),
}

record! {
    /// The content of a JSON file of the project, without its `_` keys, changed where wanted.
    pub struct FileRef in "$file" {
        /// Path from the root of the project.
        path: Template = required("$file"),
        /// RFC 9535 paths and what to put there.
        set: Vec<Change> = default("$set"),
        /// RFC 9535 paths of what to leave out.
        unset: Vec<String> = default("$unset"),
    }
}

record! {
    /// One change of a file's content.
    pub struct Change in "$set" {
        /// Where.
        at: String = required("at"),
        /// What.
        to: TemplateValue = required("to"),
    }
}

impl TemplateValue {
    /// A value without templates: texts are taken as they stand.
    pub fn literal(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(value) => Self::Number(value.clone()),
            Value::String(text) => Self::Text(Template::literal(text.clone())),
            Value::Array(items) => Self::List(items.iter().map(Self::literal).collect()),
            Value::Object(map) => Self::Map(
                map.iter()
                    .map(|(key, value)| (Template::literal(key.clone()), Self::literal(value)))
                    .collect(),
            ),
        }
    }
}

impl Form for TemplateValue {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        Some(match &node.tree {
            Tree::Null => Self::Null,
            Tree::Bool(value) => Self::Bool(*value),
            Tree::Number(value) => Self::Number(value.clone()),
            Tree::Text(_) => Self::Text(Template::read(node, diagnostics)?),
            Tree::List(_) => Self::List(Vec::read(node, diagnostics)?),
            Tree::Map(entries) if entries.iter().any(|entry| entry.key.text == "$file") => {
                Self::File(Box::read(node, diagnostics)?)
            }
            Tree::Map(entries) => Self::Map(read_map(entries, diagnostics)?),
        })
    }

    fn write(&self) -> Node {
        match self {
            Self::Null => Node::of(Tree::Null),
            Self::Bool(value) => value.write(),
            Self::Number(value) => Node::of(Tree::Number(value.clone())),
            Self::Text(text) => text.write(),
            Self::List(items) => items.write(),
            Self::Map(entries) => {
                Node::map(entries.iter().map(|(key, value)| (key.to_string(), value.write())))
            }
            Self::File(file) => file.write(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
            Self::Text(text) => text.names(visit),
            Self::List(items) => items.names(visit),
            Self::Map(entries) => {
                for (key, value) in entries {
                    key.names(visit);
                    value.names(visit);
                }
            }
            Self::File(file) => file.names(visit),
        }
    }
}

fn read_map(entries: &[Entry], diagnostics: &mut Diagnostics) -> Option<Vec<(Template, TemplateValue)>> {
    let read: Vec<_> = entries
        .iter()
        .map(|entry| {
            let key = Template::parse(&entry.key.text, entry.key.span)
                .map_err(|message| diagnostics.push(Diagnostic::error(entry.key.span, message)))
                .ok();
            let value = TemplateValue::read(&entry.value, diagnostics);
            Some((key?, value?))
        })
        .collect();
    read.into_iter().collect()
}
