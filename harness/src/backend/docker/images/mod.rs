//! Images of the container backend: found by digest, pulled, or built here.
//!
//! [`Images::resolve`] is the one door. Reading order: [`definition`] (what an image holds, as data in
//! `fixtures/images/<name>/`), [`digest`] (what it would be built from now), [`resolve`] (the order of
//! search), [`rootfs`] (an image's file system from this machine's files), [`context`] (what the engine
//! builds from), [`build`] and [`pull`] (talking to the engine), [`held`] (what the engine holds of ours).

mod build;
mod context;
mod definition;
mod digest;
mod error;
mod held;
mod pull;
mod resolve;
mod rootfs;

/// A container engine that answers.
pub use bollard::Docker as Engine;
pub use definition::Definitions;
pub use error::ImageError;
pub use held::{Held, Pruned, list, prune};
pub use resolve::{Images, Origin, Resolved, engine};

/// The label that carries the digest of what an image was built from.
pub const DIGEST_LABEL: &str = "harness.digest";

/// The label that carries an image's name.
pub const NAME_LABEL: &str = "harness.image";

/// The label that carries which project an image belongs to.
pub const PROJECT_LABEL: &str = "harness.project";

/// What the labels start with that carry the source digest of each program of ours inside: it is the digest
/// that the running program reports.
pub const PROGRAM_LABELS: &str = "harness.program.";

/// Digits of the digest that stand in a tag.
const TAG_DIGITS: usize = 16;

/// The tag of an image of ours.
fn tag(name: &str, digest: &str) -> String {
    format!("harness/{name}:{}", &digest[..TAG_DIGITS.min(digest.len())])
}
