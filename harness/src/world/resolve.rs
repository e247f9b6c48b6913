//! From an identity's definition to a [`Caller`], and from a lookup's to its value.
//!
//! Arguments are values, never templates: what a replay captured may contain `${` and is sent as
//! it is. Only defaults, written in the topology, hold references. A default is evaluated when
//! nothing overrides it, so that a bogus token never asks for the real one.

use futures_util::future::BoxFuture;
use harness_model::topology::{Call, IdentitySpec, LookupSpec, Param, Reference, Text};
use indexmap::IndexMap;
use reqwest::Method;
use serde_json::{Map, Value};

use super::{Caller, HeaderField, Looked, World, WorldError};

/// Headers whose value is a credential whatever it was made from.
const CREDENTIALS: [&str; 3] = ["authorization", "proxy-authorization", "cookie"];

/// Resolves an identity.
pub(super) async fn caller(
    world: &World,
    identity: &str,
    args: &Map<String, Value>,
) -> Result<Caller, WorldError> {
    let spec = flatten(world, identity)?;
    let scope = Scope::new(world, identity, &spec, args)?;
    let via = spec.via.as_ref().ok_or_else(|| usage(identity, "has no `via`"))?;
    let service = scope.one(via).await?.map(|value| value.expose().to_owned()).unwrap_or_default();
    let target = world.service(&service)?;
    let base = target.url().ok_or_else(|| usage(identity, &format!("`{service}` does not speak HTTP")))?;
    let host = match &spec.host {
        Some(host) => scope.one(host).await?.map(|value| value.expose().to_owned()),
        None => target.authority().map(str::to_owned),
    };
    let mut headers = Vec::new();
    if let Some(bearer) = &spec.bearer {
        for token in scope.all(bearer).await? {
            let value = format!("Bearer {}", token.expose()).into();
            headers.push(HeaderField { name: "Authorization".into(), value, secret: true });
        }
    }
    for (name, text) in &spec.headers {
        for value in scope.all(text).await? {
            let secret = value.is_secret() || CREDENTIALS.contains(&name.to_ascii_lowercase().as_str());
            headers.push(HeaderField { name: name.clone(), value: value.expose().into(), secret });
        }
    }
    Ok(Caller { identity: identity.to_owned(), service, base: base.to_owned(), host, headers })
}

/// The identity with everything it is `like` laid under it.
fn flatten(world: &World, identity: &str) -> Result<IdentitySpec, WorldError> {
    let known = &world.topology().identities;
    let mut chain = Vec::new();
    let mut next = Some(identity.to_owned());
    while let Some(name) = next.take() {
        let spec = known.get(&name).ok_or_else(|| WorldError::unknown("identity", &name, known.keys()))?;
        if chain.len() > known.len() {
            return Err(usage(identity, "is `like` itself"));
        }
        next.clone_from(&spec.like);
        chain.push(spec);
    }
    Ok(chain.into_iter().rev().fold(IdentitySpec::default(), |mut under, over| {
        under.via = over.via.clone().or(under.via);
        under.host = over.host.clone().or(under.host);
        under.bearer = over.bearer.clone().or(under.bearer);
        under.params.extend(over.params.clone());
        under.headers.extend(over.headers.clone());
        under
    }))
}

fn usage(identity: &str, problem: &str) -> WorldError {
    WorldError::Usage(format!("identity `{identity}` {problem}"))
}

/// What the references of one identity or lookup may name.
struct Scope<'a> {
    world: &'a World,
    owner: String,
    params: &'a IndexMap<String, Param>,
    args: &'a Map<String, Value>,
}

impl<'a> Scope<'a> {
    fn new(
        world: &'a World,
        identity: &str,
        spec: &'a IdentitySpec,
        args: &'a Map<String, Value>,
    ) -> Result<Self, WorldError> {
        if let Some(extra) = args.keys().find(|name| !spec.params.contains_key(*name)) {
            return Err(WorldError::unknown("argument", extra, spec.params.keys()));
        }
        let missing =
            |(name, param): &(&String, &Param)| **param == Param::Required && !args.contains_key(*name);
        if let Some((name, _)) = spec.params.iter().find(missing) {
            return Err(usage(identity, &format!("needs the argument `{name}`")));
        }
        Ok(Self { world, owner: format!("identity `{identity}`"), params: &spec.params, args })
    }

    /// The values of a text: none when its only reference is null, several when it is a list.
    fn all<'s>(&'s self, text: &'s Text) -> BoxFuture<'s, Result<Vec<Looked>, WorldError>> {
        Box::pin(async move {
            match text.sole_reference() {
                Some(reference) => self.reference(reference).await,
                None => self.joined(text).await.map(|value| value.into_iter().collect()),
            }
        })
    }

    /// The single value of a text, or none when it is null.
    async fn one(&self, text: &Text) -> Result<Option<Looked>, WorldError> {
        let mut values = self.all(text).await?;
        if values.len() > 1 {
            return Err(WorldError::Usage(format!("{}: `{text}` is a list here", self.owner)));
        }
        Ok(values.pop())
    }

    async fn joined(&self, text: &Text) -> Result<Option<Looked>, WorldError> {
        use harness_model::topology::Segment;
        let (mut out, mut secret) = (String::new(), false);
        for segment in &text.segments {
            match segment {
                Segment::Literal(literal) => out.push_str(literal),
                Segment::Reference(reference) => match self.reference(reference).await?.as_slice() {
                    [value] => {
                        secret |= value.is_secret();
                        out.push_str(value.expose());
                    }
                    [] => return Ok(None),
                    _ => return Err(WorldError::Usage(format!("{}: `{text}` holds a list", self.owner))),
                },
            }
        }
        Ok(Some(if secret { Looked::Secret(out.into()) } else { Looked::Plain(out) }))
    }

    async fn reference(&self, reference: &Reference) -> Result<Vec<Looked>, WorldError> {
        match reference {
            Reference::Path(parts) => match parts.as_slice() {
                [name] => self.param(name).await,
                _ => self.world.path(parts).map(|value| vec![value]),
            },
            Reference::Call { lookup, args } => {
                let mut values = Vec::with_capacity(args.len());
                for name in args {
                    let value = self.param(name).await?.pop();
                    values.push(value.map(|value| value.expose().to_owned()).unwrap_or_default());
                }
                look_up(self.world, lookup, values).await.map(|value| vec![value])
            }
        }
    }

    async fn param(&self, name: &str) -> Result<Vec<Looked>, WorldError> {
        if let Some(value) = self.args.get(name) {
            return Ok(given(value));
        }
        match self.params.get(name) {
            Some(Param::Text(text)) => self.all(text).await,
            Some(Param::List(texts)) => {
                let mut values = Vec::with_capacity(texts.len());
                for text in texts {
                    values.extend(self.all(text).await?);
                }
                Ok(values)
            }
            Some(Param::Null | Param::Required) => Ok(Vec::new()),
            None => Err(WorldError::unknown("parameter", name, self.params.keys())),
        }
    }
}

/// An argument as header values.
fn given(value: &Value) -> Vec<Looked> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![Looked::Plain(text.clone())],
        Value::Array(items) => items.iter().flat_map(given).collect(),
        other => vec![Looked::Plain(other.to_string())],
    }
}

/// Fetches a lookup's value, once per world when it says so.
pub(super) async fn look_up(world: &World, name: &str, args: Vec<String>) -> Result<Looked, WorldError> {
    let known = &world.topology().lookups;
    let spec = known.get(name).ok_or_else(|| WorldError::unknown("lookup", name, known.keys()))?;
    let key = (name.to_owned(), args.clone());
    if spec.once
        && let Some(value) = world.looked().lock().await.get(&key)
    {
        return Ok(value.clone());
    }
    let value = Box::pin(fetch(world, name, spec, args)).await?;
    if let Looked::Secret(secret) = &value {
        world.secrets().add(name, secret);
    }
    if spec.once {
        world.looked().lock().await.insert(key, value.clone());
    }
    Ok(value)
}

async fn fetch(
    world: &World,
    name: &str,
    spec: &LookupSpec,
    args: Vec<String>,
) -> Result<Looked, WorldError> {
    let failed = |reason: String| WorldError::Lookup { name: name.to_owned(), reason };
    let args: Map<String, Value> =
        spec.params.iter().cloned().zip(args.into_iter().map(Value::String)).collect();
    let params: IndexMap<_, _> = spec.params.iter().map(|name| (name.clone(), Param::Required)).collect();
    let scope = Scope { world, owner: format!("lookup `{name}`"), params: &params, args: &args };
    let (method, target, body) = match &spec.call {
        Call::Get(target) => (Method::GET, target, None),
        Call::Post(target, body) => (Method::POST, target, Some(body)),
    };
    let target = scope.one(target).await?.map(|value| value.expose().to_owned()).unwrap_or_default();
    let mut request = match &spec.via {
        None => world.http().request(method, target),
        Some(identity) => {
            let caller = caller(world, identity, &Map::new()).await?;
            let mut request = world.http().request(method, format!("{}{target}", caller.base));
            if let Some(host) = &caller.host {
                request = request.header(reqwest::header::HOST, host);
            }
            caller.headers.iter().fold(request, |request, field| request.header(&field.name, field.expose()))
        }
    };
    if let Some(body) = body {
        request = request.json(body);
    }
    let response = request.send().await.map_err(|error| failed(error.without_url().to_string()))?;
    let status = response.status();
    if !status.is_success() {
        return Err(failed(format!("status {status}")));
    }
    let answer: Value = response.json().await.map_err(|_| failed("the answer is not JSON".into()))?;
    let path = serde_json_path::JsonPath::parse(&spec.json).map_err(|error| failed(error.to_string()))?;
    match path.query(&answer).first() {
        Some(Value::String(text)) if spec.secret => Ok(Looked::Secret(text.clone().into())),
        Some(Value::String(text)) => Ok(Looked::Plain(text.clone())),
        Some(Value::Number(number)) => Ok(Looked::Plain(number.to_string())),
        // As it was written: a statement may take it apart.
        Some(whole @ (Value::Array(_) | Value::Object(_))) if !spec.secret => {
            Ok(Looked::Plain(whole.to_string()))
        }
        Some(_) | None => Err(failed(format!("no text at {}", spec.json))),
    }
}
