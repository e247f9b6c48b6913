//! `harness`: runs replays against production-shape worlds.
fn main() {}
