//! Scripted trouble between edge and origin.

use std::time::Duration;

use http::{Request, StatusCode};
use serde::{Deserialize, Serialize};

use super::pattern::fits;
use super::route::bare;

/// A fault as it is ordered and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultOrder {
    /// Only this host, whatever its case and port.
    #[serde(default)]
    pub host: Option<String>,
    /// Only this path pattern; `*` stands for any text.
    #[serde(default)]
    pub path: Option<String>,
    /// Only this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only so many requests.
    #[serde(default)]
    pub times: Option<u64>,
    /// What happens to them.
    pub fault: Fault,
}

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// As if the origin refused the connection: 521.
    Refused,
    /// As if connecting took too long: 522.
    ConnectTimeout,
    /// As if the route were missing: 523.
    NoRoute,
    /// As if the origin did not answer in time: 524.
    ReadTimeout,
    /// As if the answer were empty: 520.
    EmptyReply,
    /// The client's connection is dropped without an answer.
    Drop,
    /// The edge's own answer with this status.
    Status(u16),
    /// Passed on after so many milliseconds.
    DelayMs(u64),
}

/// The faults in force, in the order they were added.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    next: u64,
    active: Vec<(u64, FaultOrder, u64)>,
}

impl Faults {
    /// Adds one and returns its id.
    pub(super) fn add(&mut self, order: FaultOrder) -> u64 {
        self.next += 1;
        self.active.push((self.next, order, 0));
        self.next
    }

    /// Removes one; says whether it was there.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.active.len();
        self.active.retain(|(known, ..)| *known != id);
        self.active.len() < before
    }

    /// Removes all.
    pub(super) fn clear(&mut self) {
        self.active.clear();
    }

    /// Id, order and how often it has struck.
    pub(super) fn list(&self) -> impl Iterator<Item = (u64, &FaultOrder, u64)> {
        self.active.iter().map(|(id, order, struck)| (*id, order, *struck))
    }

    /// The fault that strikes a request, which uses it up once.
    pub(super) fn strike<B>(&mut self, request: &Request<B>) -> Option<Fault> {
        let (_, order, struck) = self.active.iter_mut().find(|(_, order, struck)| {
            order.times.is_none_or(|times| *struck < times) && order.matches(request)
        })?;
        *struck += 1;
        Some(order.fault)
    }
}

impl FaultOrder {
    /// What is wrong with it, if anything.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self.fault {
            Fault::Status(code) if StatusCode::from_u16(code).is_err() => Some("status is not a status"),
            Fault::DelayMs(ms) if Duration::from_millis(ms) > DELAY_MAX => {
                Some("delay_ms is over ten minutes")
            }
            _ => None,
        }
    }

    fn matches<B>(&self, request: &Request<B>) -> bool {
        let host = request.headers().get(http::header::HOST).and_then(|host| bare(host.to_str().ok()?));
        self.host.as_ref().is_none_or(|wanted| host.is_some_and(|host| host.eq_ignore_ascii_case(wanted)))
            && self.path.as_ref().is_none_or(|path| fits(path, request.uri().path()))
            && self
                .method
                .as_ref()
                .is_none_or(|method| request.method().as_str().eq_ignore_ascii_case(method))
    }
}

const DELAY_MAX: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_what_it_names_as_often_as_it_says() {
        let mut faults = Faults::default();
        let order = serde_json::json!({"host": "a.localhost", "path": "/x/*", "method": "post", "times": 2,
            "fault": {"status": 418}});
        faults.add(serde_json::from_value(order).unwrap());
        let request = |method: &str, path: &str, host: &str| {
            Request::builder().method(method).uri(path).header("host", host).body(()).unwrap()
        };
        assert_eq!(faults.strike(&request("GET", "/x/1", "a.localhost")), None);
        assert_eq!(faults.strike(&request("POST", "/y", "a.localhost")), None);
        assert_eq!(faults.strike(&request("POST", "/x/1", "b.localhost")), None);
        let hit = request("POST", "/x/1", "A.localhost:8080");
        assert_eq!(faults.strike(&hit), Some(Fault::Status(418)));
        assert_eq!(faults.strike(&hit), Some(Fault::Status(418)));
        assert_eq!(faults.strike(&hit), None);
        assert_eq!(faults.list().next().map(|(id, _, struck)| (id, struck)), Some((1, 2)));
    }
}
