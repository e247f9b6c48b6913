//! The harness's model: what is written in YAML, what happens in a run, what counts.
//!
//! Pure: nothing here opens a file, a socket or a clock. Reading order: [`yaml`] (spanned tree),
//! [`form`] (tree to types, all errors at once), [`topology`], [`event`], [`verdict`], [`xfail`].

pub mod caps;
pub mod check;
pub mod coherence;
pub mod event;
pub mod floor;
pub mod form;
pub mod image;
pub mod matcher;
pub mod path;
pub mod replay;
pub mod rule;
pub mod schema;
pub mod template;
pub mod topology;
pub mod units;
pub mod verdict;
pub mod xfail;
pub mod yaml;
