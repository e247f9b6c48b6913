//! What must hold of a value: patterns as replays write them, and the judgement.
//!
//! A [`Pattern`] is what a replay says (its leaves may be templates); [`Pattern::bind`] turns it
//! into a [`Matcher`], which [`fn@judge`] holds against a value and which reports *every* mismatch
//! with its JSON path. Objects are partial unless `exact` says otherwise; lists are whole.
//! Reading order: [`Kind`] (the matchers), `read` (their YAML), `judge`, `compare`, `diff`.

mod bind;
mod compare;
mod compiled;
mod describe;
mod diff;
mod formats;
mod judge;
mod mismatch;
mod read;
mod words;
mod write;

pub use diff::{diff_text, diff_values};
pub(crate) use judge::judge_maybe;
pub use judge::{judge, judge_absent};
pub use mismatch::Mismatch;
pub(crate) use read::word_schema;
pub use words::{TypeName, Word};

use serde_json::Value;

use crate::template::TemplateValue;
use crate::yaml::Span;

/// A matcher as a replay writes it.
pub type Pattern = Matcher<TemplateValue>;

/// One demand on a value. `L` is the type of the literals in it: templates as written, plain
/// values once bound.
#[derive(Debug, Clone)]
pub struct Matcher<L = Value> {
    /// The demand.
    pub kind: Kind<L>,
    /// Where it stands.
    pub span: Span,
}

/// Matchers are equal when they demand the same, wherever they stand.
impl<L: PartialEq> PartialEq for Matcher<L> {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// The demands.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind<L = Value> {
    /// Deeply equal to a literal; numbers by value, so `1` equals `1.0`.
    Equals(L),
    /// An object with at least these fields.
    Fields(Vec<Field<L>>),
    /// A list of exactly these items in this order.
    Items(Vec<Matcher<L>>),
    /// The same demand, but no object in it may have further fields.
    Exact(Box<Matcher<L>>),
    /// A text with these parts in it, or a list with these items in it.
    Contains(Vec<Matcher<L>>),
    /// A text in which a regular expression is found.
    Matches(L),
    /// A text that starts so.
    StartsWith(L),
    /// A text that ends so.
    EndsWith(L),
    /// A text, list or object whose length is so.
    Length(Box<Matcher<L>>),
    /// `>=`, for numbers, instants and lengths of time.
    AtLeast(L),
    /// `<=`.
    AtMost(L),
    /// `>`.
    MoreThan(L),
    /// `<`.
    LessThan(L),
    /// Both ends included.
    Between(L, L),
    /// Equal to one of the literals.
    OneOf(Vec<L>),
    /// Not there at all.
    Absent,
    /// There, whatever it is.
    Present,
    /// An empty text, list or object.
    Empty,
    /// Of this JSON type.
    Type(TypeName),
    /// A UUID in its hyphenated form.
    Uuid,
    /// An RFC 3339 instant.
    Rfc3339,
    /// Standard base64.
    Base64,
    /// A list of exactly these items in any order.
    Unordered(Vec<Matcher<L>>),
    /// A list (or object) of which every item is so; an empty one is.
    Each(Box<Matcher<L>>),
    /// A list (or object) of which at least one item is so.
    Any(Box<Matcher<L>>),
    /// Every one of these.
    AllOf(Vec<Matcher<L>>),
    /// At least one of these.
    AnyOf(Vec<Matcher<L>>),
    /// Not this.
    Not(Box<Matcher<L>>),
    /// Valid under a JSON schema.
    JsonSchema(L),
    /// Several matcher words in one mapping: every one of them.
    Together(Vec<Matcher<L>>),
}

/// One part of a value and what must hold of it.
#[derive(Debug, Clone)]
pub struct Field<L = Value> {
    /// Which part.
    pub key: FieldKey<L>,
    /// What must hold of it.
    pub value: Matcher<L>,
    /// Where the key stands.
    pub span: Span,
}

/// Fields are equal when they demand the same.
impl<L: PartialEq> PartialEq for Field<L> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.value == other.value
    }
}

/// Which part of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldKey<L = Value> {
    /// A field of an object.
    Name(L),
    /// An RFC 9535 path: one value (or none) when it is singular, else the list of what it selects.
    Path(L),
}
