//! From spanned tree to types and back, all errors at once.
//!
//! Four macros define the types of a language: [`record!`](crate::record) (a mapping with
//! fields), [`choice!`](crate::choice) (exactly one key of several), [`verbs!`](crate::verbs) (several records, told apart by a key) and
//! [`words!`](crate::words) (one bare word of several). Each definition yields the type, its
//! reader (which collects every error and suggests near words), its printer and its JSON schema:
//! the four cannot drift apart.
//!
//! Reading order: [`Form`] (the trait), [`MapReader`] and [`MapWriter`] (fields of a mapping),
//! `basics` (texts, numbers, lists, maps), then the macros.

mod basics;
mod choice;
mod read;
mod record;
mod shape;
mod verbs;
mod words;
mod write;

pub use basics::{Many, Map, Maybe, Yes};
pub use read::{MapReader, wrong_kind};
pub use shape::{Named, NamedForm, Shape, any_of};
pub use write::MapWriter;

use schemars::{Schema, SchemaGenerator};

use crate::template::PathExpr;
use crate::yaml::{Diagnostics, Node, Span};

/// A type that is read from a node, printed to a node and described by a schema.
pub trait Form: Sized {
    /// Whether a list of these is of use without one that cannot be read.
    const STANDS_ALONE: bool = false;

    /// Reads the node. `None` means that at least one error was pushed; a value means the same where the
    /// diagnostics are recovering and something was left out.
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self>;

    /// The node that reads back as this value.
    fn write(&self) -> Node;

    /// The JSON schema of the node.
    fn schema(generator: &mut SchemaGenerator) -> Schema;

    /// Visits every name that templates inside the value refer to, with the place of the template.
    fn names<'a>(&'a self, _visit: &mut NameVisitor<'a, '_>) {}
}

/// Sees each path of each template and where the template stands.
pub type NameVisitor<'a, 'v> = dyn FnMut(&'a PathExpr, Span) + 'v;

/// A group of keys of a mapping that belong together and can stand among other keys.
pub trait Fragment: Sized {
    /// Every key of the group, for suggestions and for unknown-key checks.
    fn keys() -> Vec<&'static str>;

    /// Whether the mapping holds a key of the group.
    fn is_in(map: &MapReader<'_>) -> bool {
        Self::keys().into_iter().any(|key| map.has(key))
    }

    /// Takes the group's keys out of the mapping.
    fn take(map: &mut MapReader<'_>, diagnostics: &mut Diagnostics) -> Option<Self>;

    /// Puts the group's keys into a mapping.
    fn put(&self, map: &mut MapWriter);

    /// Adds the group's keys to the schema of a mapping.
    fn shape(shape: &mut Shape, generator: &mut SchemaGenerator);

    /// As [`Form::names`].
    fn names<'a>(&'a self, _visit: &mut NameVisitor<'a, '_>) {}
}
