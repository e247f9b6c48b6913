//! Matchers back to YAML.

use super::{Field, FieldKey, Kind, Pattern, Word};
use crate::form::Form;
use crate::template::TemplateValue;
use crate::yaml::{Node, Tree};

/// The node that reads back as the pattern.
pub(super) fn write(pattern: &Pattern) -> Node {
    match &pattern.kind {
        Kind::Equals(literal) if is_scalar(literal) => literal.write(),
        Kind::Items(items) => items.write(),
        Kind::Fields(fields) if fields.iter().all(is_unmistakable) => field_map(fields),
        kind => Node::map(words(kind)),
    }
}

/// Whether a literal reads back as an equality without saying `equals`.
fn is_scalar(literal: &TemplateValue) -> bool {
    match literal {
        TemplateValue::Null | TemplateValue::Bool(_) | TemplateValue::Number(_) => true,
        TemplateValue::Text(text) => Word::from_word(&text.to_string()).is_none_or(|word| !word.is_bare()),
        TemplateValue::File(_) => true,
        TemplateValue::List(_) | TemplateValue::Map(_) => false,
    }
}

/// Whether a field's name cannot be taken for a matcher word or a path.
fn is_unmistakable(field: &Field<TemplateValue>) -> bool {
    match &field.key {
        FieldKey::Name(name) => {
            let text = key_text(name);
            Word::from_word(&text).is_none()
                && Word::meant_by(&text).is_none()
                && (!text.starts_with('$') || text.starts_with("${"))
        }
        FieldKey::Path(_) => true,
    }
}

fn key_text(key: &TemplateValue) -> String {
    match key {
        TemplateValue::Text(text) => text.to_string(),
        other => other.write().to_json().to_string(),
    }
}

fn field_map(fields: &[Field<TemplateValue>]) -> Node {
    Node::map(fields.iter().map(|field| {
        let (FieldKey::Name(key) | FieldKey::Path(key)) = &field.key;
        (key_text(key), field.value.write())
    }))
}

/// The matcher words of a demand with their arguments.
fn words(kind: &Kind<TemplateValue>) -> Vec<(String, Node)> {
    let yes = || true.write();
    let (word, node) = match kind {
        Kind::Together(all) => return all.iter().flat_map(together).collect(),
        Kind::Equals(literal) => (Word::Equals, literal.write()),
        Kind::Fields(fields) => (Word::Fields, field_map(fields)),
        Kind::Items(items) => (Word::AllOf, Node::of(Tree::List(vec![items.write()]))),
        Kind::Exact(inner) => (Word::Exact, inner.write()),
        Kind::Contains(parts) => match parts.as_slice() {
            [part] if !matches!(part.kind, Kind::Items(_)) => (Word::Contains, part.write()),
            parts => (Word::Contains, parts.to_vec().write()),
        },
        Kind::Matches(text) => (Word::Matches, text.write()),
        Kind::StartsWith(text) => (Word::StartsWith, text.write()),
        Kind::EndsWith(text) => (Word::EndsWith, text.write()),
        Kind::Length(inner) => (Word::Length, inner.write()),
        Kind::AtLeast(bound) => (Word::AtLeast, bound.write()),
        Kind::AtMost(bound) => (Word::AtMost, bound.write()),
        Kind::MoreThan(bound) => (Word::MoreThan, bound.write()),
        Kind::LessThan(bound) => (Word::LessThan, bound.write()),
        Kind::Between(low, high) => (Word::Between, vec![low.clone(), high.clone()].write()),
        Kind::OneOf(literals) => (Word::OneOf, literals.write()),
        Kind::Absent => (Word::Absent, yes()),
        Kind::Present => (Word::Present, yes()),
        Kind::Empty => (Word::Empty, yes()),
        Kind::Type(name) => (Word::Type, name.write()),
        Kind::Uuid => (Word::Uuid, yes()),
        Kind::Rfc3339 => (Word::Rfc3339, yes()),
        Kind::Base64 => (Word::Base64, yes()),
        Kind::Unordered(items) => (Word::Unordered, items.write()),
        Kind::Each(inner) => (Word::Each, inner.write()),
        Kind::Any(inner) => (Word::Any, inner.write()),
        Kind::AllOf(all) => (Word::AllOf, all.write()),
        Kind::AnyOf(any) => (Word::AnyOf, any.write()),
        Kind::Not(inner) => (Word::Not, inner.write()),
        Kind::JsonSchema(schema) => (Word::JsonSchema, schema.write()),
    };
    vec![(word.word().to_owned(), node)]
}

/// A part of a mapping that holds several words: paths are written beside them.
fn together(part: &Pattern) -> Vec<(String, Node)> {
    match &part.kind {
        Kind::Fields(fields) if fields.iter().all(|field| matches!(field.key, FieldKey::Path(_))) => {
            match field_map(fields).tree {
                Tree::Map(entries) => {
                    entries.into_iter().map(|entry| (entry.key.text, entry.value)).collect()
                }
                _ => Vec::new(),
            }
        }
        kind => words(kind),
    }
}
