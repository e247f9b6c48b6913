//! `edge`: faults, rules and limits of the edge.

use crate::form::{Many, Yes};
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::{Bytes, Time};
use crate::{choice, record};

record! {
    /// One thing done with an edge.
    pub struct Edge in "edge" {
        /// The edge; may be left out when the topology has one.
        on: Option<Template> = optional("on"),
        /// What is done.
        change: EdgeChange = group,
    }
}

choice! {
    /// What is done with an edge.
    pub enum EdgeChange in "edge" {
        /// Requests that go wrong between edge and origin.
        Fault(EdgeFault) = "fault",
        /// Requests that the edge itself refuses.
        Rule(EdgeRule) = "rule",
        /// Other limits.
        Limits(EdgeLimits) = "limits",
        /// Sets a header of every request to the origin, as an edge that "helps" would.
        InjectHeaders(TemplateValue) = "inject_headers",
        /// Serves requests for unknown hosts as if they were for this one, as a proxy with a default
        /// server would.
        DefaultHost(Template) = "default_host",
        /// Removes faults, rules, limits, injected headers and the default host.
        Clear(Yes) = "clear",
        /// The effective configuration, as `value`.
        Config(Yes) = "config",
    }
}

record! {
    /// Requests that go wrong.
    pub struct EdgeFault in "fault" {
        /// Only this host.
        host: Option<Template> = optional("host"),
        /// Only this path pattern; `*` stands for any text.
        path: Option<Template> = optional("path"),
        /// Only this method.
        method: Option<Template> = optional("method"),
        /// Only so many requests.
        times: Option<Dyn<u64>> = optional("times"),
        /// What happens to them.
        kind: EdgeFaultKind = group,
    }
}

choice! {
    /// What happens to a request.
    pub enum EdgeFaultKind in "fault" {
        /// As if the origin refused the connection: 521.
        Refused(Yes) = "refused",
        /// As if connecting took too long: 522.
        ConnectTimeout(Yes) = "connect_timeout",
        /// As if the route were missing: 523.
        NoRoute(Yes) = "no_route",
        /// As if the origin did not answer in time: 524.
        ReadTimeout(Yes) = "read_timeout",
        /// As if the answer were empty: 520.
        EmptyReply(Yes) = "empty_reply",
        /// Passed on later.
        Delay(Dyn<Time>) = "delay",
        /// The client's connection is dropped.
        Drop(Yes) = "drop",
        /// The edge's own answer with this status.
        Status(Dyn<u16>) = "status",
    }
}

record! {
    /// Requests that the edge refuses.
    pub struct EdgeRule in "rule" {
        /// Only these hosts.
        hosts: Many<Template> = default("hosts"),
        /// Only these path patterns; `*` stands for any text.
        paths: Many<Template> = default("paths"),
        /// The rule.
        kind: EdgeRuleKind = group,
    }
}

choice! {
    /// The rules.
    pub enum EdgeRuleKind in "rule" {
        /// 403 for requests without `Origin`.
        RequireOrigin(Yes) = "require_origin",
        /// An HTML challenge page with 403 for these user agents.
        Challenge(Many<Template>) = "challenge",
        /// 429 beyond a rate per client address.
        RateLimit(RateLimit) = "rate_limit",
    }
}

record! {
    /// A rate.
    pub struct RateLimit in "rate_limit" {
        /// So many requests.
        requests: Dyn<u64> = required("requests"),
        /// In this time.
        per: Dyn<Time> = required("per"),
    }
}

record! {
    /// Limits; what is left out stays.
    pub struct EdgeLimits in "limits" {
        /// Time to connect to the origin.
        connect_timeout: Option<Dyn<Time>> = optional("connect_timeout"),
        /// Time until the origin's response head.
        read_timeout: Option<Dyn<Time>> = optional("read_timeout"),
        /// Idle time of a WebSocket.
        ws_idle: Option<Dyn<Time>> = optional("ws_idle"),
        /// Largest request body.
        body_max: Option<Dyn<Bytes>> = optional("body_max"),
    }
}

impl Edge {
    /// Whether the action may be repeated.
    pub fn is_read(&self) -> bool {
        matches!(self.change, EdgeChange::Config(_))
    }
}
