//! Values that a step keeps under names.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::form::{Form, MapReader, MapWriter, wrong_kind};
use crate::path::JsonPath;
use crate::yaml::{Diagnostic, Diagnostics, Node, Span, Tree};

use super::Facet;

/// The captures of a step, in order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Captures(pub Vec<Capture>);

/// One value kept under a name.
///
/// `$.id` is the value at a path of the step's main value; the long form says more:
/// `{ from: headers, path: $.cf-ray }`, `{ from: text, pattern: "id=(\\w+)" }`.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The name that later templates use.
    pub name: String,
    /// The facet it comes from; the main value of the action when left out.
    pub from: Option<Facet>,
    /// Where in the facet.
    pub path: JsonPath,
    /// A regular expression over the text found there: its first group, or the whole match.
    pub pattern: Option<String>,
    /// Whether a path that selects many yields the list of all, even when it is empty.
    pub all: bool,
    /// Whether the value is masked in every report.
    pub secret: bool,
    /// Where the name stands.
    pub span: Span,
}

/// Captures are equal when they keep the same, wherever they stand.
impl PartialEq for Capture {
    fn eq(&self, other: &Self) -> bool {
        let key = |capture: &Self| {
            (capture.name.clone(), capture.from, capture.pattern.clone(), capture.all, capture.secret)
        };
        key(self) == key(other) && self.path == other.path
    }
}

impl Form for Captures {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let Some(entries) = node.as_map() else {
            return wrong_kind(node, "names and what to keep under them, as in { ws: $.id }", diagnostics);
        };
        let read: Vec<_> = entries
            .iter()
            .map(|entry| {
                name_fits(&entry.key.text, entry.key.span, diagnostics)?;
                Capture::read(&entry.key.text, entry.key.span, &entry.value, diagnostics)
            })
            .collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Node {
        Node::map(self.0.iter().map(|capture| (capture.name.as_str(), capture.write())))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let facet = Facet::schema(generator);
        json_schema!({ "type": "object", "additionalProperties": { "anyOf": [
            { "type": "string", "pattern": r"^\$" },
            {
                "type": "object",
                "properties": {
                    "from": facet,
                    "path": { "type": "string", "pattern": r"^\$" },
                    "pattern": { "type": "string", "format": "regex" },
                    "all": { "type": "boolean" },
                    "secret": { "type": "boolean" },
                },
                "additionalProperties": false,
            },
        ] } })
    }
}

/// Whether a text can be the name of a variable.
pub(crate) fn name_fits(name: &str, span: Span, diagnostics: &mut Diagnostics) -> Option<()> {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|char| char.is_ascii_alphabetic() || char == '_');
    if first && chars.all(|char| char.is_ascii_alphanumeric() || char == '_') {
        return Some(());
    }
    let message = format!("`{name}` is no name for a variable: letters, digits and `_` are");
    diagnostics.push(Diagnostic::error(span, message));
    None
}

impl Capture {
    fn read(name: &str, span: Span, node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let name = name.to_owned();
        if let Tree::Text(_) = node.tree {
            let path = JsonPath::read(node, diagnostics)?;
            return Some(Self { name, from: None, path, pattern: None, all: false, secret: false, span });
        }
        let mut map = MapReader::open("a capture", node, diagnostics)?;
        let from = map.optional("from", diagnostics);
        let path = map.optional::<JsonPath>("path", diagnostics);
        let pattern = map.optional::<String>("pattern", diagnostics);
        let all = map.default("all", diagnostics);
        let secret = map.default("secret", diagnostics);
        map.close(diagnostics)?;
        let path = path?.unwrap_or_else(root);
        let pattern = checked_pattern(pattern?, node, diagnostics)?;
        Some(Self { name, from: from?, path, pattern, all: all?, secret: secret?, span })
    }

    fn write(&self) -> Node {
        let short = self.from.is_none() && self.pattern.is_none() && !self.all && !self.secret;
        if short {
            return self.path.write();
        }
        let mut map = <MapWriter as Default>::default();
        map.optional("from", &self.from);
        if self.path != root() {
            map.required("path", &self.path);
        }
        map.optional("pattern", &self.pattern);
        map.default("all", &self.all);
        map.default("secret", &self.secret);
        map.finish()
    }
}

fn root() -> JsonPath {
    JsonPath::parse("$").expect("the root is a path")
}

fn checked_pattern(
    pattern: Option<String>,
    node: &Node,
    diagnostics: &mut Diagnostics,
) -> Option<Option<String>> {
    let Some(text) = pattern else { return Some(None) };
    if regex::Regex::new(&text).is_ok() {
        return Some(Some(text));
    }
    let span = node.get("pattern").map_or(node.span, |node| node.span);
    diagnostics.push(Diagnostic::error(span, "not a regular expression"));
    None
}
