//! Integration tests of the server: real Postgres, real sockets, the wiring of production.
//!
//! One binary, one file a noun; add yours below.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "support offers more than one noun needs")]

mod support;

mod a2a;
mod activity;
mod auth;
mod backends;
mod boot;
mod cache;
mod callers;
mod deletes;
mod edge;
mod events;
mod heartbeats;
mod hierarchy;
mod mcp;
mod orphans;
mod provisioning;
mod proxy;
mod registry;
mod routes;
mod schema;
mod structure;
mod sweeps;
mod tokens;
mod workspaces;
