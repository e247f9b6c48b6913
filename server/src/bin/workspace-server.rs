//! `workspace-server`: the multi-tenant workspace server for AI agents.

fn main() {}
