//! YAML as a tree in which every node knows where it stands.
//!
//! The only place of the project that reads YAML. Reading order: [`source`] (a file and
//! positions in it), [`node`] (the tree), [`fn@parse`] (text to tree), [`diagnostic`] (what is
//! wrong with it, all at once), [`fn@emit`] (tree to text).

mod diagnostic;
mod emit;
mod node;
mod parse;
mod scalar;
mod source;

pub(crate) use diagnostic::nearest;
pub use diagnostic::{Diagnostic, Diagnostics, Severity, Style};
pub use emit::emit;
pub use node::{Entry, Key, Node, Tree};
pub use parse::parse;
pub(crate) use scalar::number as plain_number;
pub use source::{Source, Span};
