//! A typed field that may also be written as a template.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{RenderError, Scope, Template};
use crate::form::{Form, NameVisitor, any_of};
use crate::yaml::{Diagnostics, Node, Source, Span};

/// A value that is known now, or a template that yields it when the step runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Dyn<T> {
    /// Written out.
    Known(T),
    /// Computed from variables.
    Template(Template),
}

impl<T> Dyn<T> {
    /// The template, when it is one.
    pub fn template(&self) -> Option<&Template> {
        match self {
            Self::Known(_) => None,
            Self::Template(template) => Some(template),
        }
    }

    /// The value, when it is written out.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Template(_) => None,
        }
    }
}

impl<T: Form + Clone> Dyn<T> {
    /// The value in a scope.
    ///
    /// # Errors
    /// When a name has no value or the value is not of the wanted type.
    pub fn resolve(&self, scope: &dyn Scope) -> Result<T, RenderError> {
        let template = match self {
            Self::Known(value) => return Ok(value.clone()),
            Self::Template(template) => template,
        };
        let value = template.render(scope)?;
        let mut findings = Diagnostics::new(Source::new("", ""));
        T::read(&Node::from_json(&value, Span::NOWHERE), &mut findings).ok_or_else(|| {
            let message = findings.sorted().first().map(|finding| finding.message.clone());
            RenderError::new(template, message.unwrap_or_default())
        })
    }
}

impl<T: Form> Form for Dyn<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.as_text() {
            Some(text) if text.contains("${") => Template::read(node, diagnostics).map(Self::Template),
            _ => T::read(node, diagnostics).map(Self::Known),
        }
    }

    fn write(&self) -> Node {
        match self {
            Self::Known(value) => value.write(),
            Self::Template(template) => template.write(),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        any_of([T::schema(generator), json_schema!({ "type": "string", "pattern": r"\$\{" })])
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        match self {
            Self::Known(value) => value.names(visit),
            Self::Template(template) => template.names(visit),
        }
    }
}
