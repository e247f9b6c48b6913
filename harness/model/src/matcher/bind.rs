//! From what a replay says to what is judged: templates become values.

use serde_json::Value;

use super::{Field, FieldKey, Kind, Matcher, Pattern};
use crate::template::{RenderError, Scope, TemplateValue};

impl Pattern {
    /// The matcher in a scope.
    ///
    /// # Errors
    /// When a template in it has no value.
    pub fn bind(&self, scope: &dyn Scope) -> Result<Matcher, RenderError> {
        self.try_map(&mut |literal| literal.render(scope))
    }
}

impl Matcher {
    /// The same matcher in the shape that a replay writes.
    pub fn to_pattern(&self) -> Pattern {
        let same: Result<Pattern, std::convert::Infallible> =
            self.try_map(&mut |literal: &Value| Ok(TemplateValue::literal(literal)));
        match same {
            Ok(pattern) => pattern,
            Err(never) => match never {},
        }
    }
}

impl<L> Matcher<L> {
    /// Visits every literal, keys included.
    pub fn literals<'a>(&'a self, visit: &mut dyn FnMut(&'a L)) {
        match &self.kind {
            Kind::Equals(one)
            | Kind::Matches(one)
            | Kind::StartsWith(one)
            | Kind::EndsWith(one)
            | Kind::AtLeast(one)
            | Kind::AtMost(one)
            | Kind::MoreThan(one)
            | Kind::LessThan(one)
            | Kind::JsonSchema(one) => visit(one),
            Kind::Between(low, high) => {
                visit(low);
                visit(high);
            }
            Kind::OneOf(literals) => literals.iter().for_each(visit),
            Kind::Fields(fields) => {
                for field in fields {
                    let (FieldKey::Name(key) | FieldKey::Path(key)) = &field.key;
                    visit(key);
                    field.value.literals(visit);
                }
            }
            Kind::Exact(inner)
            | Kind::Length(inner)
            | Kind::Each(inner)
            | Kind::Any(inner)
            | Kind::Not(inner) => {
                inner.literals(visit);
            }
            Kind::Items(all)
            | Kind::Contains(all)
            | Kind::Unordered(all)
            | Kind::AllOf(all)
            | Kind::AnyOf(all)
            | Kind::Together(all) => all.iter().for_each(|inner| inner.literals(visit)),
            Kind::Absent
            | Kind::Present
            | Kind::Empty
            | Kind::Type(_)
            | Kind::Uuid
            | Kind::Rfc3339
            | Kind::Base64 => {}
        }
    }

    /// The same matcher with every literal changed.
    fn try_map<M, E>(&self, change: &mut dyn FnMut(&L) -> Result<M, E>) -> Result<Matcher<M>, E> {
        let kind = match &self.kind {
            Kind::Equals(one) => Kind::Equals(change(one)?),
            Kind::Matches(one) => Kind::Matches(change(one)?),
            Kind::StartsWith(one) => Kind::StartsWith(change(one)?),
            Kind::EndsWith(one) => Kind::EndsWith(change(one)?),
            Kind::AtLeast(one) => Kind::AtLeast(change(one)?),
            Kind::AtMost(one) => Kind::AtMost(change(one)?),
            Kind::MoreThan(one) => Kind::MoreThan(change(one)?),
            Kind::LessThan(one) => Kind::LessThan(change(one)?),
            Kind::JsonSchema(one) => Kind::JsonSchema(change(one)?),
            Kind::Between(low, high) => Kind::Between(change(low)?, change(high)?),
            Kind::OneOf(literals) => Kind::OneOf(literals.iter().map(change).collect::<Result<_, _>>()?),
            Kind::Fields(fields) => {
                Kind::Fields(fields.iter().map(|field| field.try_map(change)).collect::<Result<_, _>>()?)
            }
            Kind::Exact(inner) => Kind::Exact(Box::new(inner.try_map(change)?)),
            Kind::Length(inner) => Kind::Length(Box::new(inner.try_map(change)?)),
            Kind::Each(inner) => Kind::Each(Box::new(inner.try_map(change)?)),
            Kind::Any(inner) => Kind::Any(Box::new(inner.try_map(change)?)),
            Kind::Not(inner) => Kind::Not(Box::new(inner.try_map(change)?)),
            Kind::Items(all) => Kind::Items(map_all(all, change)?),
            Kind::Contains(all) => Kind::Contains(map_all(all, change)?),
            Kind::Unordered(all) => Kind::Unordered(map_all(all, change)?),
            Kind::AllOf(all) => Kind::AllOf(map_all(all, change)?),
            Kind::AnyOf(all) => Kind::AnyOf(map_all(all, change)?),
            Kind::Together(all) => Kind::Together(map_all(all, change)?),
            Kind::Absent => Kind::Absent,
            Kind::Present => Kind::Present,
            Kind::Empty => Kind::Empty,
            Kind::Type(name) => Kind::Type(*name),
            Kind::Uuid => Kind::Uuid,
            Kind::Rfc3339 => Kind::Rfc3339,
            Kind::Base64 => Kind::Base64,
        };
        Ok(Matcher { kind, span: self.span })
    }
}

impl<L> Field<L> {
    fn try_map<M, E>(&self, change: &mut dyn FnMut(&L) -> Result<M, E>) -> Result<Field<M>, E> {
        let key = match &self.key {
            FieldKey::Name(key) => FieldKey::Name(change(key)?),
            FieldKey::Path(key) => FieldKey::Path(change(key)?),
        };
        Ok(Field { key, value: self.value.try_map(change)?, span: self.span })
    }
}

fn map_all<L, M, E>(
    all: &[Matcher<L>],
    change: &mut dyn FnMut(&L) -> Result<M, E>,
) -> Result<Vec<Matcher<M>>, E> {
    all.iter().map(|inner| inner.try_map(change)).collect()
}
