//! Texts with `${…}` and JSON values made of them.
//!
//! A text that is one `${…}` and nothing else keeps the type of its value; anywhere else the
//! value is written into the text. `$${` is a literal `${`. Reading order: [`Expr`] (what stands
//! between the braces), [`Template`] (a text), [`TemplateValue`] (JSON with templates in it),
//! [`Dyn`] (a typed field that may be a template), [`Scope`] (where values come from).

mod dynamic;
mod expr;
mod functions;
mod parse;
mod render;
mod text;
mod value;

pub use dynamic::Dyn;
pub use expr::{Access, Expr, Op, PathExpr};
pub use functions::{FUNCTIONS, GENERATORS};
pub use render::{Generator, RenderError, Scope, as_text};
pub use text::{Part, Template};
pub use value::{FileRef, TemplateValue};
