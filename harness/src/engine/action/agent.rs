//! `agent`: an agent stand-in, over the control interface of its host.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::{
    Agent, AgentBehave, AgentBehaviour, AgentEnvelope, AgentHeartbeat, AgentMode, AgentRequests,
    AgentUploads, Behaviour, Chunked, Disguise, Spawn, ToolCall,
};
use harness_model::template::{Template, TemplateValue, as_text};
use http::Method;
use secrecy::SecretString;
use serde_json::{Map, Value, json};

use super::segment;
use crate::engine::control::Control;
use crate::engine::observed::Observed;
use crate::engine::record::millis;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

/// What plays the agents in a topology.
const ROLE: &str = "agents";
/// How long a new agent may take to register before the step goes on.
const REGISTERED_WITHIN_MS: u64 = 10_000;
/// Fields of an agent's state that are credentials.
const CREDENTIALS: [&str; 2] = ["token", "inbound_secret"];

pub(super) async fn run(agent: &Agent, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    match agent {
        Agent::Tool(call) => tool(call, scope).await,
        Agent::Requests(wanted) => requests(wanted, scope).await,
        Agent::Heartbeat(change) => heartbeat(change, scope).await,
        Agent::Uploads(change) => uploads(change, scope).await,
        Agent::Envelope(row) => envelope(row, scope).await,
        Agent::Spawn(spawn) => self::spawn(spawn, scope).await,
        Agent::Kill(kill) => plain(scope, Method::DELETE, &kill.of, "", None).await,
        Agent::Inspect(inspect) => self::inspect(&inspect.of, scope).await,
        Agent::Behave(behave) => self::behave(behave, scope).await,
    }
}

async fn behave(behave: &AgentBehave, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let order = behaviour(&behave.behaviour, scope).await?;
    plain(scope, Method::PUT, &behave.of, "/behaviour", Some(order)).await
}

/// A behaviour as the agent host takes it.
pub(in crate::engine) async fn behaviour(spec: &AgentBehaviour, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let mut order = Map::new();
    if let Some(method) = scope.maybe_text(spec.method.as_ref()).await? {
        order.insert("on".into(), method.into());
    }
    if let Some(times) = scope.maybe(spec.for_next.as_ref()).await? {
        order.insert("times".into(), times.into());
    }
    if let Some(delay) = scope.maybe(spec.delay.as_ref()).await? {
        order.insert("delay".into(), millis(delay.get()).into());
    }
    if let Some(answer) = &spec.answer {
        manner(answer, &mut order, scope).await?;
    }
    Ok(Value::Object(order))
}

async fn manner(
    answer: &Behaviour,
    order: &mut Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<(), Trouble> {
    let value: Value = match answer {
        Behaviour::Reply(text) => scope.text(text).await?.into(),
        Behaviour::Status(reply) => {
            if let Some(body) = &reply.body {
                order.insert("body".into(), scope.value(body).await?);
            }
            let headers = texts(reply.headers.iter(), scope).await?;
            order.insert("headers".into(), headers);
            scope.typed(&reply.code).await?.into()
        }
        Behaviour::Truncate(bytes) | Behaviour::Big(bytes) => scope.typed(bytes).await?.0.into(),
        Behaviour::Trickle(pieces) => {
            json!({ "chunks": pieces.chunks.len(), "gap_ms": millis(scope.typed(&pieces.gap).await?.get()) })
        }
        Behaviour::Stream(pieces) => chunks(pieces, scope).await?,
        Behaviour::JsonRpcError(error) => {
            json!({ "code": scope.typed(&error.code).await?, "message": scope.text(&error.message).await? })
        }
        Behaviour::Echo(_)
        | Behaviour::Busy(_)
        | Behaviour::Reset(_)
        | Behaviour::Hang(_)
        | Behaviour::Malformed(_)
        | Behaviour::Refuse(_)
        | Behaviour::Blackhole(_) => true.into(),
    };
    order.insert(answer.key().to_owned(), value);
    Ok(())
}

async fn chunks(pieces: &Chunked, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let mut texts = Vec::with_capacity(pieces.chunks.len());
    for piece in &pieces.chunks {
        texts.push(scope.text(piece).await?);
    }
    Ok(json!({ "chunks": texts, "gap_ms": millis(scope.typed(&pieces.gap).await?.get()) }))
}

async fn tool(call: &ToolCall, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let agent = scope.text(&call.of).await?;
    let args = match &call.with {
        Some(with) => scope.value(with).await?,
        None => json!({}),
    };
    let mut body = json!({ "args": args });
    let mut other = scope.session.agent_disguise(&agent).unwrap_or_default();
    if let Some(spec) = &call.disguise {
        disguise(spec, &mut other, scope).await?;
    }
    if !other.is_empty() {
        body["as"] = other.into();
    }
    let path = format!("{}/tools/{}", path(&agent), segment(&scope.text(&call.tool).await?));
    let told = ask(scope, Method::POST, &path, Some(&body)).await?;
    let text = told.get("text").cloned().unwrap_or_default();
    let data = told.get("data").cloned().filter(|data| !data.is_null());
    Ok(observed(scope, &path, &body, &told)
        .with(Facet::Text, text)
        .maybe(Facet::Json, data)
        .with(Facet::Value, told))
}

/// As whom a tool calls; what is left out stays.
async fn disguise(spec: &Disguise, other: &mut Map<String, Value>, scope: &Scope<'_>) -> Result<(), Trouble> {
    let texts: [(&str, Option<&Template>); 3] = [
        ("workspace_id", spec.workspace_id.as_ref()),
        ("platform_url", spec.platform_url.as_ref()),
        ("host", spec.host.as_ref()),
    ];
    for (key, template) in texts {
        if let Some(text) = scope.maybe_text(template).await? {
            other.insert(key.into(), text.into());
        }
    }
    for (key, value) in [("token", &spec.token), ("origin", &spec.origin)] {
        if let Some(value) = maybe_value(value.as_ref(), scope).await? {
            other.insert(key.into(), value);
        }
    }
    if !spec.headers.is_empty() {
        other.insert("headers".into(), self::texts(spec.headers.iter(), scope).await?);
    }
    Ok(())
}

async fn requests(wanted: &AgentRequests, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let path = path(&scope.text(&wanted.of).await?);
    let state = ask(scope, Method::GET, &path, None).await?;
    let method = scope.maybe_text(wanted.method.as_ref()).await?;
    let only_path = scope.maybe_text(wanted.path.as_ref()).await?;
    let after = scope.maybe(wanted.after.as_ref()).await?;
    let is = |entry: &Value, key: &str, text: &Option<String>| {
        text.as_deref().is_none_or(|text| entry[key].as_str() == Some(text))
    };
    let inbound = state["inbound"].as_array().cloned().unwrap_or_default();
    let kept = inbound.into_iter().filter(|entry| {
        is(entry, "rpc", &method)
            && is(entry, "path", &only_path)
            && after.is_none_or(|after| entry["seq"].as_u64().is_some_and(|seq| seq > after))
    });
    let list: Value = kept.collect();
    Ok(observed(scope, &path, &Value::Null, &list).with(Facet::Json, list.clone()).with(Facet::Value, list))
}

async fn inspect(of: &Template, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let agent = scope.text(of).await?;
    let path = path(&agent);
    let state = ask(scope, Method::GET, &path, None).await?;
    for field in CREDENTIALS {
        if let Some(secret) = state[field].as_str() {
            scope.session.secrets.add(&format!("{field} of agent {agent}"), &SecretString::from(secret));
        }
    }
    Ok(observed(scope, &path, &Value::Null, &state)
        .with(Facet::Json, state.clone())
        .with(Facet::Value, state))
}

async fn heartbeat(change: &AgentHeartbeat, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let spec = &change.heartbeat;
    let mut body = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            body.insert(key.to_owned(), value);
        }
    };
    put("on", scope.maybe(spec.on.as_ref()).await?.map(Value::from));
    put("interval_ms", scope.maybe(spec.every.as_ref()).await?.map(|every| millis(every.get()).into()));
    put("error_rate", maybe_value(spec.error_rate.as_ref(), scope).await?);
    put("sample_error", scope.maybe_text(spec.sample_error.as_ref()).await?.map(Value::from));
    put("active_tasks", scope.maybe(spec.active_tasks.as_ref()).await?.map(Value::from));
    put("current_task", scope.maybe_text(spec.current_task.as_ref()).await?.map(Value::from));
    put("runtime_state", maybe_value(spec.runtime_state.as_ref(), scope).await?);
    put("idle_timeout_seconds", maybe_value(spec.idle_timeout_seconds.as_ref(), scope).await?);
    if !spec.capabilities.is_empty() {
        let mut capabilities = Map::new();
        for (name, value) in spec.capabilities.iter() {
            capabilities.insert(name.to_owned(), scope.value(value).await?);
        }
        put("capabilities", Some(capabilities.into()));
    }
    plain(scope, Method::PUT, &change.of, "/heartbeat", Some(body.into())).await
}

async fn uploads(change: &AgentUploads, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let spec = &change.uploads;
    let mut body = Map::new();
    if spec.normal.is_some() {
        body.insert("force".into(), Value::Null);
        body.insert("slow_read_ms".into(), 0.into());
    }
    if let Some(status) = scope.maybe(spec.force_status.as_ref()).await? {
        body.insert("force".into(), status.into());
    }
    if let Some(pause) = scope.maybe(spec.slow_read.as_ref()).await? {
        body.insert("slow_read_ms".into(), millis(pause.get()).into());
    }
    if let Some(secret) = maybe_value(spec.secret.as_ref(), scope).await? {
        let change = match secret.as_str() {
            Some(word @ ("delete" | "empty")) => word.into(),
            _ => json!({ "replace": as_text(&secret) }),
        };
        body.insert("secret".into(), change);
    }
    plain(scope, Method::PUT, &change.of, "/uploads", Some(body.into())).await
}

async fn envelope(row: &AgentEnvelope, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let path = format!("{}/envelope", path(&scope.text(&row.of).await?));
    let body = scope.value(&row.row).await?;
    let built = ask(scope, Method::POST, &path, Some(&body)).await?;
    let envelope = built.get("envelope").cloned().unwrap_or_default();
    Ok(observed(scope, &path, &body, &built)
        .with(Facet::Text, envelope.to_string())
        .with(Facet::Json, built)
        .with(Facet::Value, envelope))
}

async fn spawn(spawn: &Spawn, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let id = scope.text(&spawn.id).await?;
    let registers = spawn.mode != Some(AgentMode::Never);
    let mut body = json!({
        "workspace_id": id,
        "platform_url": scope.text(&spawn.platform_url).await?,
        "register": registers,
        "heartbeat": registers,
        "wait_registered_ms": if registers { REGISTERED_WITHIN_MS } else { 0 },
        "env": texts(spawn.env.iter(), scope).await?,
    });
    for (key, template) in
        [("runtime", &spawn.runtime), ("org_id", &spawn.org_id), ("delivery_mode", &spawn.delivery_mode)]
    {
        if let Some(text) = scope.maybe_text(template.as_ref()).await? {
            body[key] = text.into();
        }
    }
    // What an agent lacks or pretends cannot be stored with it: it goes along with each call of a tool.
    let mut disguise = Map::new();
    for (key, value) in [("token", &spawn.token), ("origin", &spawn.origin)] {
        match maybe_value(value.as_ref(), scope).await? {
            None => {}
            Some(Value::Null) => drop(disguise.insert(key.into(), Value::Null)),
            Some(value) => body[key] = as_text(&value).into(),
        }
    }
    if spawn.send_org_id
        && let Some(org) = body["org_id"].as_str()
    {
        disguise.insert("headers".into(), json!({ "X-Molecule-Org-Id": org }));
    }
    if !disguise.is_empty() {
        scope.session.disguise_agent(&id, disguise);
    }
    let path = "/__agent/agents";
    let started = ask(scope, Method::POST, path, Some(&body)).await?;
    Ok(observed(scope, path, &body, &started).with(Facet::Json, started.clone()).with(Facet::Value, started))
}

/// A call whose answer is only that it was done.
async fn plain(
    scope: &Scope<'_>,
    method: Method,
    of: &Template,
    tail: &str,
    body: Option<Value>,
) -> Result<Observed, Trouble> {
    let path = format!("{}{tail}", path(&scope.text(of).await?));
    let answered = ask(scope, method, &path, body.as_ref()).await?;
    Ok(observed(scope, &path, &body.unwrap_or_default(), &answered).with(Facet::Value, answered))
}

async fn ask(scope: &Scope<'_>, method: Method, path: &str, body: Option<&Value>) -> Result<Value, Trouble> {
    Ok(Control::of(scope.session.world, ROLE)?.call(method, path, body).await?)
}

fn observed(scope: &Scope<'_>, asked: &str, with: &Value, answered: &Value) -> Observed {
    let secrets = &scope.session.secrets;
    Observed::nothing().seen_as(Exchange::Call {
        who: ROLE.to_owned(),
        asked: json!({ "path": secrets.mask(asked), "with": secrets.mask_json(with) }),
        answered: secrets.mask_json(answered),
    })
}

async fn maybe_value(value: Option<&TemplateValue>, scope: &Scope<'_>) -> Result<Option<Value>, Trouble> {
    match value {
        Some(value) => scope.value(value).await.map(Some),
        None => Ok(None),
    }
}

async fn texts<'t>(
    entries: impl Iterator<Item = (&'t str, &'t Template)>,
    scope: &Scope<'_>,
) -> Result<Value, Trouble> {
    let mut texts = Map::new();
    for (name, text) in entries {
        texts.insert(name.to_owned(), scope.text(text).await?.into());
    }
    Ok(texts.into())
}

fn path(agent: &str) -> String {
    format!("/__agent/agents/{}", segment(agent))
}
