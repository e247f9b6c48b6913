//! Liveness, URL cache and publish: Redis when configured, else an in-process stand-in.
//!
//! Redis is shared by tenants, so every key and channel is built here, from one prefix.

/// Where short-lived facts live.
#[derive(Clone, Debug)]
pub enum Cache {
    /// In-process stand-in for one replica.
    InProcess,
}
