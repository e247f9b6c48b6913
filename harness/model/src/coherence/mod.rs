//! Whether a topology's tenants look like production: what the topology sets, what production sets, what the
//! server reads.
//!
//! A tenant test once ran green for weeks without a variable that production sets; its calls went elsewhere. Three
//! lists are held against each other: *H*, the environment of the tenants in a topology; *P*, what production sets
//! ([`Production`], a checked-in file with provenance and date); *S*, what the server reads ([`Knob`], the table it
//! prints). Reading order: [`production`] (the file), [`knob`] (a row of the table), [`shape`] (what a value looks
//! like), [`mod@judge`] (the seven findings).

mod judge;
mod knob;
mod production;
mod shape;
#[cfg(test)]
mod tests;

pub use judge::{Lists, judge};
pub use knob::Knob;
pub use production::{Production, Setting};
pub use shape::Shape;
