//! A text with expressions in it.

use std::fmt;

use schemars::{Schema, SchemaGenerator, json_schema};

use super::{Expr, PathExpr, parse};
use crate::form::{Form, NameVisitor, wrong_kind};
use crate::yaml::{Diagnostic, Diagnostics, Node, Span, Tree};

/// A text with `${…}` in it.
#[derive(Debug, Clone, Default)]
pub struct Template {
    parts: Vec<Part>,
    span: Span,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Taken as it stands.
    Text(String),
    /// Replaced by its value.
    Expr(Expr),
}

/// Templates are equal when they say the same, wherever they stand.
impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Template {
    /// A text without expressions.
    pub fn literal(text: impl Into<String>) -> Self {
        let text = text.into();
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text)] };
        Self { parts, span: Span::NOWHERE }
    }

    /// Parses a text; the message names what is wrong with the first bad expression.
    pub fn parse(text: &str, span: Span) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("${") {
            let (before, from) = rest.split_at(at);
            if let Some(before) = before.strip_suffix('$') {
                literal.push_str(before);
                literal.push_str("${");
                rest = &from[2..];
                continue;
            }
            literal.push_str(before);
            let inner = &from[2..];
            let end = parse::end_of_expression(inner).ok_or("`${` is never closed")?;
            let expr = parse::expression(&inner[..end])
                .map_err(|message| format!("in `${{{}}}`: {message}", &inner[..end]))?;
            if !literal.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut literal)));
            }
            parts.push(Part::Expr(expr));
            rest = &inner[end + 1..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            parts.push(Part::Text(literal));
        }
        Ok(Self { parts, span })
    }

    /// The parts in order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Where the text stands.
    pub fn span(&self) -> Span {
        self.span
    }

    /// The text, when there is no expression in it.
    pub fn as_literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The expression, when the text is nothing else: its value keeps its type.
    pub fn as_whole(&self) -> Option<&Expr> {
        match self.parts.as_slice() {
            [Part::Expr(expr)] => Some(expr),
            _ => None,
        }
    }

    /// Every path in the text, arguments included.
    pub fn paths<'a>(&'a self, visit: &mut dyn FnMut(&'a PathExpr)) {
        for part in &self.parts {
            if let Part::Expr(expr) = part {
                expr.paths(visit);
            }
        }
    }
}

/// Writes the template as its source: `${` of the text is escaped.
impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(&text.replace("${", "$${"))?,
                Part::Expr(expr) => write!(f, "${{{expr}}}")?,
            }
        }
        Ok(())
    }
}

impl Form for Template {
    /// Numbers and booleans count as texts here: a path segment `5` needs no quotes.
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = match &node.tree {
            Tree::Text(text) => text.clone(),
            Tree::Number(number) => number.to_string(),
            Tree::Bool(value) => value.to_string(),
            _ => return wrong_kind(node, "a text", diagnostics),
        };
        match Self::parse(&text, node.span) {
            Ok(template) => Some(template),
            Err(message) => {
                diagnostics.push(Diagnostic::error(node.span, message));
                None
            }
        }
    }

    fn write(&self) -> Node {
        Node::text(self.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        self.paths(&mut |path| visit(path, self.span));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::template::{Generator, Scope};

    struct Vars;

    impl Scope for Vars {
        fn variable(&self, name: &str) -> Option<Value> {
            match name {
                "n" => Some(json!(2)),
                "row" => Some(json!({ "id": "x", "tags": ["a", "b"], "odd key": true })),
                _ => None,
            }
        }

        fn world(&self, dotted: &str) -> Option<Value> {
            (dotted == "tenant-alpha.url").then(|| json!("http://alpha"))
        }

        fn call(&self, dotted: &str, args: &[Value]) -> Result<Value, String> {
            Ok(json!(format!("{dotted}/{}", args.len())))
        }

        fn generate(&self, _: Generator) -> Value {
            json!("2026-06-14T10:00:00Z")
        }
    }

    fn value(text: &str) -> Result<Value, String> {
        Template::parse(text, Span::NOWHERE)?.render(&Vars).map_err(|error| error.message)
    }

    #[test]
    fn a_text_that_is_one_expression_keeps_the_type() {
        assert_eq!(value("${n}"), Ok(json!(2)));
        assert_eq!(value("n=${n}"), Ok(json!("n=2")));
        assert_eq!(value("$${n}"), Ok(json!("${n}")));
        assert_eq!(value("${row.tags[-1]}${row['odd key']}"), Ok(json!("btrue")));
        assert_eq!(value("${tenant-alpha.url}/x"), Ok(json!("http://alpha/x")));
        assert_eq!(value("${agents.token(n)}"), Ok(json!("agents.token/1")));
        assert_eq!(value("${world('tenant-' + 'alpha' + '.url')}"), Ok(json!("http://alpha")));
    }

    #[test]
    fn sums_take_numbers_instants_texts_and_lists() {
        assert_eq!(value("${n + 3 - 1}"), Ok(json!(4)));
        assert_eq!(value("${now - 5m}"), Ok(json!("2026-06-14T09:55:00.000000Z")));
        assert_eq!(value("${at_offset(now + 1h, '+02:00')}"), Ok(json!("2026-06-14T13:00:00.000000+02:00")));
        assert_eq!(value("${length(row.tags + row.tags)}"), Ok(json!(4)));
        assert_eq!(value("${'a' + \"b\"}"), Ok(json!("ab")));
        assert_eq!(value("${number('597') + 1}"), Ok(json!(598)));
        assert_eq!(value("${number('soon')}"), Err("`soon` is no number".to_owned()));
    }

    #[test]
    fn what_has_no_value_says_so() {
        assert_eq!(value("${row.x}"), Err("`row` has no field `x`".to_owned()));
        assert_eq!(value("${nobody.home}"), Err("`nobody.home` has no value".to_owned()));
        assert_eq!(value("${nope(1)}"), Err("there is no function `nope`".to_owned()));
        assert_eq!(value("${a"), Err("`${` is never closed".to_owned()));
    }

    proptest! {
        #[test]
        fn any_text_is_a_template_or_a_message(text in "[${}a-z0-9.()'\" +\\[\\]-]{0,40}") {
            if let Ok(template) = Template::parse(&text, Span::NOWHERE) {
                let again = Template::parse(&template.to_string(), Span::NOWHERE);
                prop_assert_eq!(again.as_ref(), Ok(&template), "{}", template);
                drop(template.render(&Vars));
            }
        }
    }
}
