//! Rows of values: the matrix of a replay and `for_each` of a step.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::form::{Form, Map, NameVisitor, wrong_kind};
use crate::template::TemplateValue;
use crate::yaml::{Diagnostic, Diagnostics, Node, Tree};

/// One combination: names and values in order.
pub type Row = Vec<(String, Value)>;

/// The combinations a whole replay runs with. Values are literals, so that cases can be listed
/// without running anything.
///
/// Written as `{ tenant: [alpha, beta] }` (every combination of all keys) or as a list of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    rows: Vec<Row>,
}

impl Matrix {
    /// The rows; one empty row when there is no matrix.
    pub fn rows(&self) -> Vec<Row> {
        if self.rows.is_empty() { vec![Row::new()] } else { self.rows.clone() }
    }

    /// Whether there is no matrix.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The names that every row binds.
    pub fn keys(&self) -> Vec<&str> {
        self.rows.first().map(|row| row.iter().map(|(name, _)| name.as_str()).collect()).unwrap_or_default()
    }
}

impl Form for Matrix {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let rows = match &node.tree {
            Tree::Map(_) => combinations(&Map::<Vec<Node>>::read(node, diagnostics)?),
            Tree::List(_) => {
                let rows = Vec::<Map<Node>>::read(node, diagnostics)?;
                rows.iter()
                    .map(|row| row.iter().map(|(name, node)| (name.to_owned(), node.to_json())).collect())
                    .collect()
            }
            _ => return wrong_kind(node, "a mapping of lists or a list of mappings", diagnostics),
        };
        let rows: Vec<Row> = rows;
        same_names(node, rows.iter().map(|row| row.iter().map(|(name, _)| name.as_str())), diagnostics)?;
        Some(Self { rows })
    }

    fn write(&self) -> Node {
        Node::of(Tree::List(
            self.rows
                .iter()
                .map(|row| {
                    Node::map(row.iter().map(|(name, value)| {
                        (name.as_str(), Node::from_json(value, crate::yaml::Span::NOWHERE))
                    }))
                })
                .collect(),
        ))
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        rows_schema()
    }
}

/// The values a step runs with, one run after the other; templates are allowed.
#[derive(Debug, Clone, PartialEq)]
pub enum ForEach {
    /// `{ path: [/a, /b], code: [200, 404] }`: every combination; a value may be a template that
    /// yields a list.
    Product(Map<TemplateValue>),
    /// `[{ path: /a, code: 200 }, { path: /b, code: 404 }]`: these rows.
    Rows(Vec<Map<TemplateValue>>),
}

impl ForEach {
    /// The names that every row binds.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::Product(map) => map.iter().map(|(name, _)| name).collect(),
            Self::Rows(rows) => {
                rows.first().map(|row| row.iter().map(|(name, _)| name).collect()).unwrap_or_default()
            }
        }
    }

    /// The texts that a key runs through, as far as they are written out.
    pub fn literals(&self, key: &str) -> Vec<String> {
        let text = |value: &TemplateValue| match value {
            TemplateValue::Text(text) => text.as_literal().map(str::to_owned),
            _ => None,
        };
        match self {
            Self::Product(map) => match map.get(key) {
                Some(TemplateValue::List(items)) => items.iter().filter_map(text).collect(),
                _ => Vec::new(),
            },
            Self::Rows(rows) => rows.iter().filter_map(|row| row.get(key).and_then(text)).collect(),
        }
    }
}

impl Form for ForEach {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match &node.tree {
            Tree::Map(_) => Map::read(node, diagnostics).map(Self::Product),
            Tree::List(_) => {
                let rows = Vec::<Map<TemplateValue>>::read(node, diagnostics)?;
                same_names(node, rows.iter().map(|row| row.iter().map(|(name, _)| name)), diagnostics)?;
                Some(Self::Rows(rows))
            }
            _ => wrong_kind(node, "a mapping of lists or a list of mappings", diagnostics),
        }
    }

    fn write(&self) -> Node {
        match self {
            Self::Product(map) => map.write(),
            Self::Rows(rows) => rows.write(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        rows_schema()
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        match self {
            Self::Product(map) => map.names(visit),
            Self::Rows(rows) => rows.names(visit),
        }
    }
}

/// Every combination of the lists, the last key varying fastest.
fn combinations(lists: &Map<Vec<Node>>) -> Vec<Row> {
    let mut rows = vec![Row::new()];
    for (name, values) in lists.iter() {
        rows = rows
            .into_iter()
            .flat_map(|row| {
                values.iter().map(move |value| {
                    let mut row = row.clone();
                    row.push((name.to_owned(), value.to_json()));
                    row
                })
            })
            .collect();
    }
    rows
}

fn same_names<'a, R: Iterator<Item = &'a str>>(
    node: &Node,
    rows: impl Iterator<Item = R>,
    diagnostics: &mut Diagnostics,
) -> Option<()> {
    let names: Vec<Vec<&str>> = rows
        .map(|row| {
            let mut names: Vec<_> = row.collect();
            names.sort_unstable();
            names
        })
        .collect();
    if names.is_empty() || names.windows(2).any(|pair| pair[0] != pair[1]) {
        let message = "every row must give a value to the same names, and there must be a row";
        diagnostics.push(Diagnostic::error(node.span, message));
        return None;
    }
    Some(())
}

fn rows_schema() -> Schema {
    json_schema!({ "anyOf": [
        { "type": "object" },
        { "type": "array", "items": { "type": "object" } },
    ] })
}

impl Form for Node {
    fn read(node: &Node, _: &mut Diagnostics) -> Option<Self> {
        Some(node.clone())
    }

    fn write(&self) -> Node {
        self.clone()
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
