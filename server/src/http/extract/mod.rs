//! Proof values: a handler that takes one cannot run without the proof.
