//! What a running edge shares between its connections.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use http::Request;
use http::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

use super::config::{Config, Limits, LimitsChange};
use super::faults::{Fault, FaultOrder, Faults};
use super::firewall::{Firewall, RuleOrder};
use super::origin::Origins;
use super::pages::Page;
use super::route;
use crate::world::LogBook;

/// What a running edge shares between its connections.
pub(super) struct State {
    pub(super) config: Config,
    pub(super) origins: Origins,
    pub(super) log: LogBook,
    switches: Mutex<Switches>,
}

/// What can be switched while it runs.
#[derive(Debug, Default)]
struct Switches {
    limits: Limits,
    faults: Faults,
    firewall: Firewall,
    injected: HeaderMap,
    default_host: Option<String>,
}

impl State {
    pub(super) fn new(config: Config, log: LogBook) -> Arc<Self> {
        let switches = Mutex::new(Switches { limits: config.limits.clone(), ..Switches::default() });
        Arc::new(Self { origins: Origins::new(), config, log, switches })
    }

    pub(super) fn limits(&self) -> Limits {
        self.lock().limits.clone()
    }

    pub(super) fn change_limits(&self, change: &LimitsChange) {
        self.lock().limits.change(change);
    }

    pub(super) fn strike<B>(&self, request: &Request<B>) -> Option<Fault> {
        self.lock().faults.strike(request)
    }

    pub(super) fn refuse<B>(&self, request: &Request<B>, client: IpAddr) -> Option<Page> {
        self.lock().firewall.refuse(request, client, Instant::now())
    }

    pub(super) fn add_fault(&self, order: FaultOrder) -> u64 {
        self.lock().faults.add(order)
    }

    pub(super) fn remove_fault(&self, id: u64) -> bool {
        self.lock().faults.remove(id)
    }

    pub(super) fn clear_faults(&self) {
        self.lock().faults.clear();
    }

    pub(super) fn add_rule(&self, order: RuleOrder) -> u64 {
        self.lock().firewall.add(order)
    }

    pub(super) fn remove_rule(&self, id: u64) -> bool {
        self.lock().firewall.remove(id)
    }

    pub(super) fn clear_rules(&self) {
        self.lock().firewall.clear();
    }

    pub(super) fn inject(&self, headers: HeaderMap) {
        self.lock().injected = headers;
    }

    pub(super) fn set_default_host(&self, host: Option<String>) {
        self.lock().default_host = host;
    }

    /// Where a request goes; for an unknown host only when the edge was told to have a default.
    pub(super) fn origin<B>(&self, request: &Request<B>) -> Option<String> {
        let routes = &self.config.routes;
        let by_default = || routes.get(self.lock().default_host.as_ref()?);
        route::origin(routes, request).map(str::to_owned).or_else(|| by_default().cloned())
    }

    /// Sets the injected headers on a request.
    pub(super) fn apply_injected(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.lock().injected {
            headers.insert(name.clone(), value.clone());
        }
    }

    pub(super) fn clear(&self) {
        *self.lock() = Switches { limits: self.config.limits.clone(), ..Switches::default() };
    }

    /// The effective configuration.
    pub(super) fn shown(&self) -> Value {
        let switches = self.lock();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let header = |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), text(value).into());
        let mut shown = self.config.shown(&switches.limits);
        shown["faults"] = switches
            .faults
            .list()
            .map(|(id, order, struck)| json!({ "id": id, "order": order, "struck": struck }))
            .collect();
        shown["rules"] =
            switches.firewall.list().map(|(id, order)| json!({ "id": id, "order": order })).collect();
        shown["default_host"] = json!(switches.default_host);
        shown["inject_headers"] = Value::Object(switches.injected.iter().map(header).collect());
        shown
    }

    fn lock(&self) -> MutexGuard<'_, Switches> {
        self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
