//! Switchable rules with which the edge itself refuses requests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use http::Request;
use http::header::{ORIGIN, USER_AGENT};
use serde::{Deserialize, Serialize};

use super::pages::Page;
use super::pattern::fits;
use super::route::bare;

/// A rule as it is ordered and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOrder {
    /// Only these hosts; all when empty.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Only these path patterns (`*` stands for any text); all when empty.
    #[serde(default)]
    pub paths: Vec<String>,
    /// The rule.
    pub rule: Rule,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// 403 for requests without `Origin`.
    RequireOrigin,
    /// A challenge page for user agents that fit one of these patterns.
    Challenge(Vec<String>),
    /// 429 beyond so many requests per client address and window.
    RateLimit {
        /// So many requests.
        requests: u64,
        /// In so many milliseconds.
        per_ms: u64,
    },
}

/// The most client addresses a rate rule remembers.
const CLIENTS_MAX: usize = 10_000;

/// The rules in force.
#[derive(Debug, Default)]
pub(super) struct Firewall {
    next: u64,
    rules: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    id: u64,
    order: RuleOrder,
    windows: HashMap<IpAddr, (Instant, u64)>,
}

impl Firewall {
    /// Adds a rule and returns its id.
    pub(super) fn add(&mut self, order: RuleOrder) -> u64 {
        self.next += 1;
        self.rules.push(Active { id: self.next, order, windows: HashMap::new() });
        self.next
    }

    /// Removes a rule; says whether it was there.
    pub(super) fn remove(&mut self, id: u64) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| rule.id != id);
        self.rules.len() < before
    }

    /// Removes all.
    pub(super) fn clear(&mut self) {
        self.rules.clear();
    }

    /// Ids and orders.
    pub(super) fn list(&self) -> impl Iterator<Item = (u64, &RuleOrder)> {
        self.rules.iter().map(|rule| (rule.id, &rule.order))
    }

    /// The page that refuses a request, if a rule does.
    pub(super) fn refuse<B>(&mut self, request: &Request<B>, client: IpAddr, now: Instant) -> Option<Page> {
        self.rules
            .iter_mut()
            .filter(|rule| rule.order.covers(request))
            .find_map(|rule| rule.refuse(request, client, now))
    }
}

impl RuleOrder {
    fn covers<B>(&self, request: &Request<B>) -> bool {
        let host = request.headers().get(http::header::HOST).and_then(|host| bare(host.to_str().ok()?));
        let named = |wanted: &String| host.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(wanted));
        (self.hosts.is_empty() || self.hosts.iter().any(named))
            && (self.paths.is_empty() || self.paths.iter().any(|path| fits(path, request.uri().path())))
    }
}

impl Active {
    fn refuse<B>(&mut self, request: &Request<B>, client: IpAddr, now: Instant) -> Option<Page> {
        match &self.order.rule {
            Rule::RequireOrigin => (!request.headers().contains_key(ORIGIN)).then_some(Page::Blocked),
            Rule::Challenge(agents) => {
                let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok());
                let agent = agent.unwrap_or_default();
                agents.iter().any(|pattern| fits(pattern, agent)).then_some(Page::Challenge)
            }
            &Rule::RateLimit { requests, per_ms } => {
                self.count(client, now, Duration::from_millis(per_ms.max(1)), requests)
            }
        }
    }

    fn count(&mut self, client: IpAddr, now: Instant, per: Duration, most: u64) -> Option<Page> {
        if self.windows.len() >= CLIENTS_MAX {
            self.windows.retain(|_, (start, _)| now.duration_since(*start) < per);
        }
        let (start, count) = self.windows.entry(client).or_insert((now, 0));
        if now.duration_since(*start) >= per {
            (*start, *count) = (now, 0);
        }
        *count += 1;
        let left = per.saturating_sub(now.duration_since(*start));
        (*count > most)
            .then(|| Page::RateLimited(left.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(path: &str, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().uri(path).header("host", "a.localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap()
    }

    fn firewall(order: serde_json::Value) -> Firewall {
        let mut firewall = Firewall::default();
        firewall.add(serde_json::from_value(order).unwrap());
        firewall
    }

    const CLIENT: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_rule_refuses_only_where_it_is_switched_on() {
        let mut firewall = firewall(serde_json::json!({"paths": ["/registry/*"], "rule": "require_origin"}));
        let now = Instant::now();
        assert_eq!(firewall.refuse(&request("/registry/x", &[]), CLIENT, now), Some(Page::Blocked));
        assert_eq!(firewall.refuse(&request("/registry/x", &[("origin", "http://o")]), CLIENT, now), None);
        assert_eq!(firewall.refuse(&request("/health", &[]), CLIENT, now), None);
    }

    #[test]
    fn a_challenge_is_for_the_named_agents() {
        let mut firewall = firewall(serde_json::json!({"rule": {"challenge": ["python-*", "curl*"]}}));
        let now = Instant::now();
        let with = |agent| request("/", &[("user-agent", agent)]);
        assert_eq!(firewall.refuse(&with("curl/8"), CLIENT, now), Some(Page::Challenge));
        assert_eq!(firewall.refuse(&with("Mozilla/5"), CLIENT, now), None);
    }

    #[test]
    fn a_rate_holds_per_client_and_window() {
        let order = serde_json::json!({"rule": {"rate_limit": {"requests": 2, "per_ms": 3000}}});
        let mut firewall = firewall(order);
        let start = Instant::now();
        let mut ask = |client: [u8; 4], after: u64| {
            firewall.refuse(&request("/", &[]), IpAddr::from(client), start + Duration::from_millis(after))
        };
        assert_eq!(ask([10, 0, 0, 1], 0), None);
        assert_eq!(ask([10, 0, 0, 1], 1), None);
        assert_eq!(ask([10, 0, 0, 1], 500), Some(Page::RateLimited(3)));
        assert_eq!(ask([10, 0, 0, 2], 500), None);
        assert_eq!(ask([10, 0, 0, 1], 3000), None);
    }
}
