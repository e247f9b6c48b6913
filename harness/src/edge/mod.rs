//! The edge: what stands between a client and a tenant in production, Cloudflare's habits included.
//!
//! A request goes through fixed stations: its own control paths ([`control`]), routing by `Host`
//! ([`route`]), scripted faults ([`faults`]), switchable firewall rules ([`firewall`]), the size
//! cap ([`cap`]), header rules ([`headers`]: a table, not code, so that another edge's
//! configuration can be generated from it), the origin ([`origin`]), error masking ([`pages`]).
//! [`proxy`] is the order of stations; [`relay`] carries WebSockets. [`nginx`] writes the same rules as another
//! program's configuration, for worlds of containers.
//!
//! # Control API (answered whatever the `Host`)
//! | Route | Body |
//! |---|---|
//! | `GET /__edge/health` | |
//! | `GET /__edge/config` | the effective caps, timeouts, routes, rules and faults |
//! | `POST /__edge/faults` | [`faults::FaultOrder`]; answers `{"id"}` |
//! | `DELETE /__edge/faults[/{id}]` | |
//! | `POST /__edge/rules` | [`firewall::RuleOrder`]; answers `{"id"}` |
//! | `DELETE /__edge/rules[/{id}]` | |
//! | `PUT /__edge/limits` | [`config::LimitsChange`]; what is left out stays |
//! | `PUT /__edge/default_host` | the host that unknown ones count as |
//! | `PUT /__edge/headers` | headers to inject into every request to an origin |
//! | `POST /__edge/clear` | removes faults, rules, injected headers and changed limits |

mod cap;
pub mod config;
mod control;
pub mod faults;
pub mod firewall;
pub mod headers;
mod line;
pub mod nginx;
mod origin;
mod pages;
mod pattern;
mod proxy;
mod relay;
mod route;
mod serve;
mod state;

pub use config::{Config, ConfigError, Limits};
pub use serve::Edge;
