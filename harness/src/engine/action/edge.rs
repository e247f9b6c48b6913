//! `edge`: faults, rules and limits of the edge, over its control interface.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::{
    Edge, EdgeChange, EdgeFault, EdgeFaultKind, EdgeLimits, EdgeRule, EdgeRuleKind,
};
use harness_model::template::Template;
use http::Method;
use serde_json::{Map, Value, json};

use crate::engine::control::Control;
use crate::engine::observed::Observed;
use crate::engine::record::millis;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

/// What plays the edge in a topology.
const ROLE: &str = "edge";

pub(super) async fn run(edge: &Edge, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let on = scope.maybe_text(edge.on.as_ref()).await?;
    let control = Control::named_or(scope.session.world, on.as_deref(), ROLE)?;
    let answered = change(&control, &edge.change, scope).await?;
    let exchange = Exchange::Call {
        who: control.name().to_owned(),
        asked: Value::from(edge.change.key()),
        answered: scope.session.secrets.mask_json(&answered),
    };
    let observed = Observed::nothing().seen_as(exchange).with(Facet::Status, 200);
    Ok(observed.with(Facet::Json, answered.clone()).with(Facet::Value, answered))
}

/// Carries out a change.
pub(in crate::engine) async fn change(
    control: &Control<'_>,
    change: &EdgeChange,
    scope: &Scope<'_>,
) -> Result<Value, Trouble> {
    let (method, path, body) = match change {
        EdgeChange::Config(_) => return Ok(control.get("/__edge/config").await?),
        EdgeChange::Clear(_) => (Method::POST, "/__edge/clear", json!({})),
        EdgeChange::Fault(fault) => (Method::POST, "/__edge/faults", self::fault(fault, scope).await?),
        EdgeChange::Rule(rule) => (Method::POST, "/__edge/rules", self::rule(rule, scope).await?),
        EdgeChange::Limits(limits) => (Method::PUT, "/__edge/limits", self::limits(limits, scope).await?),
        EdgeChange::DefaultHost(host) => {
            (Method::PUT, "/__edge/default_host", json!({ "host": scope.text(host).await? }))
        }
        EdgeChange::InjectHeaders(headers) => (Method::PUT, "/__edge/headers", scope.value(headers).await?),
    };
    Ok(control.call(method, path, Some(&body)).await?)
}

async fn fault(fault: &EdgeFault, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let mut order = Map::new();
    for (key, template) in [("host", &fault.host), ("path", &fault.path), ("method", &fault.method)] {
        if let Some(text) = scope.maybe_text(template.as_ref()).await? {
            order.insert(key.into(), text.into());
        }
    }
    if let Some(times) = scope.maybe(fault.times.as_ref()).await? {
        order.insert("times".into(), times.into());
    }
    let kind = match &fault.kind {
        EdgeFaultKind::Delay(delay) => json!({ "delay_ms": millis(scope.typed(delay).await?.get()) }),
        EdgeFaultKind::Status(code) => json!({ "status": scope.typed(code).await? }),
        EdgeFaultKind::Refused(_)
        | EdgeFaultKind::ConnectTimeout(_)
        | EdgeFaultKind::NoRoute(_)
        | EdgeFaultKind::ReadTimeout(_)
        | EdgeFaultKind::EmptyReply(_)
        | EdgeFaultKind::Drop(_) => Value::from(fault.kind.key()),
    };
    order.insert("fault".into(), kind);
    Ok(order.into())
}

async fn rule(rule: &EdgeRule, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let kind = match &rule.kind {
        EdgeRuleKind::RequireOrigin(_) => Value::from("require_origin"),
        EdgeRuleKind::Challenge(agents) => json!({ "challenge": texts(agents, scope).await? }),
        EdgeRuleKind::RateLimit(rate) => json!({ "rate_limit": {
            "requests": scope.typed(&rate.requests).await?,
            "per_ms": millis(scope.typed(&rate.per).await?.get()),
        } }),
    };
    Ok(
        json!({ "hosts": texts(&rule.hosts, scope).await?, "paths": texts(&rule.paths, scope).await?, "rule": kind }),
    )
}

async fn limits(limits: &EdgeLimits, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let mut change = Map::new();
    let times = [
        ("connect_timeout_ms", &limits.connect_timeout),
        ("read_timeout_ms", &limits.read_timeout),
        ("ws_idle_ms", &limits.ws_idle),
    ];
    for (key, time) in times {
        if let Some(time) = scope.maybe(time.as_ref()).await? {
            change.insert(key.into(), millis(time.get()).into());
        }
    }
    if let Some(bytes) = scope.maybe(limits.body_max.as_ref()).await? {
        change.insert("body_bytes_max".into(), bytes.0.into());
    }
    Ok(change.into())
}

async fn texts(templates: &[Template], scope: &Scope<'_>) -> Result<Vec<String>, Trouble> {
    let mut texts = Vec::with_capacity(templates.len());
    for template in templates {
        texts.push(scope.text(template).await?);
    }
    Ok(texts)
}
