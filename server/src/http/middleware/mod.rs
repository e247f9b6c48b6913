//! Layers that every request crosses; the order is in `http::router`.
//!
//! | Layer | Early answer |
//! |---|---|
//! | [`request_log`] | 500 after a panic |
//! | [`metrics`] | - |
//! | [`security_headers`] | - |
//! | [`cors`] | 204 preflight, 403 for a foreign origin |
//! | [`rate_limit`] | 429 |
//! | [`tenant_guard`] | 404, empty |
//! | [`authenticate`] | 401, 503; then the route's own limiter |

pub mod authenticate;
pub mod buckets;
pub mod cors;
pub mod metrics;
pub mod rate_limit;
pub mod request_log;
pub mod security_headers;
pub mod tenant_guard;

use std::{net::IpAddr, sync::Arc};

use server_app::App;

use super::table::Row;
use authenticate::Classes;
use buckets::Buckets;

/// What the layers share: the application and their own counters.
#[derive(Clone)]
pub struct Edge(Arc<Inner>);

/// Inside of [`Edge`].
pub struct Inner {
    /// The application.
    pub app: App,
    classes: Classes,
    addresses: Buckets<IpAddr>,
    mcp: Buckets<[u8; 32]>,
    org_token_mint: Buckets<IpAddr>,
}

impl Edge {
    /// Fresh counters over an application and its routes.
    pub fn new(app: App, rows: Vec<Row>) -> Self {
        let addresses = Buckets::per_minute(app.config.rate_limit_per_minute);
        Self(Arc::new(Inner {
            app,
            classes: Classes::new(rows),
            addresses,
            mcp: Buckets::per_minute(rate_limit::MCP_PER_MINUTE),
            org_token_mint: Buckets::per_hour(rate_limit::ORG_TOKEN_MINTS_PER_HOUR),
        }))
    }
}

impl std::ops::Deref for Edge {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
