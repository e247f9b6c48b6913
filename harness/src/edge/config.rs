//! What an edge is told at start, and the limits that may change while it runs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use thiserror::Error;

/// The largest request body: the cap of the tier in front of production, mirrored.
pub const BODY_BYTES_MAX: u64 = 100 * 1024 * 1024;

/// What an edge is told at start.
#[derive(Clone, Debug)]
pub struct Config {
    /// `Host` without port, in lower case -> origin as `host:port`.
    pub routes: BTreeMap<String, String>,
    /// Path patterns (`*` is one segment) where a WebSocket handshake is let through.
    pub websockets: Vec<String>,
    /// Caps and timeouts.
    pub limits: Limits,
    /// `CF-IPCountry`.
    pub country: String,
    /// The three letters at the end of a ray.
    pub colo: String,
    /// The digest of the edge's own sources.
    pub build: String,
}

/// Caps and timeouts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// The largest request body.
    pub body_bytes_max: u64,
    /// Time to connect to an origin.
    #[serde(rename = "connect_timeout_ms", serialize_with = "millis")]
    pub connect_timeout: Duration,
    /// Time until the head of an origin's response, from the last byte of the request.
    #[serde(rename = "read_timeout_ms", serialize_with = "millis")]
    pub read_timeout: Duration,
    /// Time a WebSocket may be silent.
    #[serde(rename = "ws_idle_ms", serialize_with = "millis")]
    pub ws_idle: Duration,
}

/// A change of limits; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsChange {
    /// The largest request body.
    pub body_bytes_max: Option<u64>,
    /// Time to connect to an origin.
    pub connect_timeout_ms: Option<u64>,
    /// Time until the head of an origin's response.
    pub read_timeout_ms: Option<u64>,
    /// Time a WebSocket may be silent.
    pub ws_idle_ms: Option<u64>,
}

/// A setting that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ConfigError {
    /// Not a positive number of milliseconds.
    #[error("{name} must be a positive number of milliseconds, not {value:?}")]
    Millis {
        /// The variable.
        name: &'static str,
        /// What it holds.
        value: String,
    },
    /// Not a route.
    #[error("{0:?} is not a route: write host=address:port")]
    Route(String),
    /// Not a country or a place.
    #[error("{name} must be {letters} letters, not {value:?}")]
    Letters {
        /// The variable.
        name: &'static str,
        /// How many letters.
        letters: usize,
        /// What it holds.
        value: String,
    },
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: BODY_BYTES_MAX,
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(100),
            ws_idle: Duration::from_secs(100),
        }
    }
}

impl Limits {
    /// Applies a change.
    pub fn change(&mut self, change: &LimitsChange) {
        self.body_bytes_max = change.body_bytes_max.unwrap_or(self.body_bytes_max);
        let set = |field: &mut Duration, ms: Option<u64>| *field = ms.map_or(*field, Duration::from_millis);
        set(&mut self.connect_timeout, change.connect_timeout_ms);
        set(&mut self.read_timeout, change.read_timeout_ms);
        set(&mut self.ws_idle, change.ws_idle_ms);
    }
}

impl Config {
    /// A configuration with the routes given and everything else from variables.
    ///
    /// # Errors
    /// When a variable holds what it may not.
    pub fn new<'v>(
        routes: impl IntoIterator<Item = (String, String)>,
        websockets: Vec<String>,
        variable: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Self, ConfigError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let mut limits = Limits::default();
        let timeouts = [
            ("EDGE_CONNECT_TIMEOUT_MS", &mut limits.connect_timeout),
            ("EDGE_READ_TIMEOUT_MS", &mut limits.read_timeout),
            ("EDGE_WS_IDLE_MS", &mut limits.ws_idle),
        ];
        for (name, field) in timeouts {
            if let Some(value) = variable(name) {
                let ms = value.trim().parse().ok().filter(|ms| *ms > 0);
                let ms = ms.ok_or_else(|| ConfigError::Millis { name, value: value.to_owned() })?;
                *field = Duration::from_millis(ms);
            }
        }
        Ok(Self {
            routes: routes.into_iter().map(|(host, origin)| (host.to_ascii_lowercase(), origin)).collect(),
            websockets,
            limits,
            country: letters("EDGE_COUNTRY", variable("EDGE_COUNTRY").unwrap_or("US"), 2)?,
            colo: letters("EDGE_COLO", variable("EDGE_COLO").unwrap_or("IAD"), 3)?,
            build: "in-process".to_owned(),
        })
    }
}

impl Config {
    /// What an edge tells about itself, as long as nobody has scripted it.
    pub(super) fn shown(&self, limits: &Limits) -> Value {
        let mut shown = json!(limits);
        shown["routes"] = json!(self.routes);
        shown["websockets"] = json!(self.websockets);
        shown["country"] = json!(self.country);
        shown["colo"] = json!(self.colo);
        shown["build"] = json!(self.build);
        shown["faults"] = json!([]);
        shown["rules"] = json!([]);
        shown["default_host"] = Value::Null;
        shown["inject_headers"] = json!({});
        shown
    }
}

fn letters(name: &'static str, value: &str, letters: usize) -> Result<String, ConfigError> {
    if value.len() == letters && value.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Ok(value.to_ascii_uppercase());
    }
    Err(ConfigError::Letters { name, letters, value: value.to_owned() })
}

/// Parses `host=address:port`.
///
/// # Errors
/// When it is something else.
pub fn route(text: &str) -> Result<(String, String), ConfigError> {
    let refused = || ConfigError::Route(text.to_owned());
    let (host, origin) = text.split_once('=').ok_or_else(refused)?;
    let (address, port) = origin.rsplit_once(':').ok_or_else(refused)?;
    if host.trim().is_empty() || address.is_empty() || port.parse::<u16>().is_err() {
        return Err(refused());
    }
    Ok((host.trim().to_owned(), origin.to_owned()))
}

fn millis<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &'static str)]) -> Result<Config, ConfigError> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Config::new([], Vec::new(), find)
    }

    #[test]
    fn defaults_are_those_of_production() {
        let limits = config(&[]).unwrap().limits;
        assert_eq!(limits, Limits::default());
        assert_eq!(limits.body_bytes_max, 104_857_600);
        assert_eq!(limits.connect_timeout, Duration::from_secs(15));
        assert_eq!(limits.read_timeout, Duration::from_secs(100));
    }

    #[test]
    fn a_knob_takes_effect_and_a_bad_one_is_refused_by_name() {
        let read = config(&[("EDGE_READ_TIMEOUT_MS", "250")]).unwrap().limits.read_timeout;
        assert_eq!(read, Duration::from_millis(250));
        for bad in ["0", "-1", "soon", "1.5"] {
            let error = config(&[("EDGE_WS_IDLE_MS", bad)]).unwrap_err();
            assert!(error.to_string().starts_with("EDGE_WS_IDLE_MS must be"), "{error}");
        }
        assert!(config(&[("EDGE_COUNTRY", "Germany")]).is_err());
    }

    #[test]
    fn a_route_is_a_host_and_an_address() {
        assert_eq!(route("a.localhost=127.0.0.1:80"), Ok(("a.localhost".into(), "127.0.0.1:80".into())));
        for bad in ["a.localhost", "=1:2", "a=b", "a=b:c", "a=:80"] {
            assert!(route(bad).is_err(), "{bad}");
        }
    }
}
