//! Who acts.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::form::{Form, NameVisitor, wrong_kind};
use crate::template::{Template, TemplateValue};
use crate::yaml::{Diagnostic, Diagnostics, Node, Span, Tree};

/// An identity of the topology, with arguments: `alpha_admin` or `{ alpha_agent: { ws: "${ws}" } }`.
#[derive(Debug, Clone)]
pub struct IdentityRef {
    /// The identity's name; may be a template such as `${tenant}_admin`.
    pub name: Template,
    /// The arguments in order.
    pub args: Vec<(String, TemplateValue)>,
    /// Where it stands.
    pub span: Span,
}

/// References are equal when they name the same caller.
impl PartialEq for IdentityRef {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.args == other.args
    }
}

impl Form for IdentityRef {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let entries = match &node.tree {
            Tree::Text(_) => {
                let name = Template::read(node, diagnostics)?;
                return Some(Self { name, args: Vec::new(), span: node.span });
            }
            Tree::Map(entries) => entries,
            _ => return wrong_kind(node, "an identity, or { identity: { argument: value } }", diagnostics),
        };
        let [entry] = entries.as_slice() else {
            diagnostics.push(Diagnostic::error(node.span, "one identity is wanted"));
            return None;
        };
        let key = Node { tree: Tree::Text(entry.key.text.clone()), span: entry.key.span };
        let name = Template::read(&key, diagnostics);
        let args = match entry.value.as_map() {
            Some(args) => {
                let read: Vec<_> = args
                    .iter()
                    .map(|arg| Some((arg.key.text.clone(), TemplateValue::read(&arg.value, diagnostics)?)))
                    .collect();
                read.into_iter().collect::<Option<Vec<_>>>()
            }
            None => wrong_kind(&entry.value, "arguments, as in { ws: \"${ws}\" }", diagnostics),
        };
        Some(Self { name: name?, args: args?, span: entry.key.span })
    }

    fn write(&self) -> Node {
        if self.args.is_empty() {
            return self.name.write();
        }
        let args = Node::map(self.args.iter().map(|(name, value)| (name.as_str(), value.write())));
        Node::map([(self.name.to_string(), args)])
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "string" },
            {
                "type": "object", "minProperties": 1, "maxProperties": 1,
                "additionalProperties": { "type": "object" },
            },
        ] })
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.name.names(visit);
        self.args.iter().for_each(|(_, value)| value.names(visit));
    }
}
