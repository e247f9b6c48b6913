//! Release checks: what a deployment claims against what it serves.

pub mod sha;
