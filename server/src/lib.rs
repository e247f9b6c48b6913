//! The workspace server: HTTP edge and wiring over `server-app`.
//!
//! Direction: middleware (may this request enter) -> extractor (proof of who) -> handler (5-20
//! lines) -> `server_app` verb -> `server_store` and backends -> event -> streams.

pub mod boot;
pub mod build_info;
pub mod embedded;
pub mod http;
pub mod serve;
