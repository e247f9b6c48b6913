//! The engine's own HTTP/1.1 client.
//!
//! A judge needs what a comfortable client hides: header lines exactly as written (doubled, missing
//! or contradicting `Host`), paths byte for byte, no redirect, no retry, no decompression, and a
//! transport error that can never be mistaken for a status. So this sits directly on hyper.
//!
//! Reading order: `request` (what is sent), `body` and `multipart` (how a body is produced without
//! being held in memory), `client` (exchange and connection reuse), `reply` (what came back),
//! `curl` (the same request as a line to paste into a shell).

mod body;
mod client;
mod curl;
mod link;
mod multipart;
mod reply;
mod request;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use client::{Client, Opened};
pub use curl::as_curl;
pub use multipart::{Multipart, Part, PartContent};
pub use reply::{Exchange, Reply, Transport, TransportKind};
pub use request::{Read, Request};
