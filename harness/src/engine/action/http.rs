//! `http`: one request, sent once, exactly as the replay and its identity say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use harness_model::event;
use harness_model::replay::action::{Body as BodySpec, Content, Http, MultipartPart};
use harness_model::replay::{Facet, Step};
use harness_model::template::as_text;
use harness_model::units::Time;
use http::header::{CONTENT_TYPE, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use url::Url;

use super::WITHIN;
use crate::engine::http::{Body, Multipart, Part, PartContent, Read, Request, TransportKind};
use crate::engine::observed::Observed;
use crate::engine::record;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;
use crate::world::Caller;

/// What stays as it is in a query: unreserved characters.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// A digest of a larger body is made only when the step looks at it.
const DIGEST_BYTES_MAX: usize = 256 * 1024;

pub(super) async fn run(http: &Http, step: &Step, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let caller = match &http.identity {
        Some(identity) => Some(scope.caller(identity).await?),
        None => None,
    };
    let request = request(http, caller.as_ref(), scope).await?;
    let client = &scope.session.client;
    let exchange = match &http.hang_up {
        None => client.send(&request).await,
        Some(hang_up) => {
            let after = scope.typed(&hang_up.after).await?.get();
            match tokio::time::timeout(after, client.send(&request)).await {
                Ok(exchange) => exchange,
                // Going away is what was wanted: there is nothing to judge, and nothing went wrong.
                Err(_) => return Ok(left(caller.as_ref(), request, scope)),
            }
        }
    };
    if let Err(error) = &exchange
        && error.kind == TransportKind::Request
    {
        return Err(Trouble::new(error.to_string()));
    }
    let identity = name(caller.as_ref());
    let mut observed = record::observe_http(&exchange, http.stream.is_some());
    if let Ok(reply) = &exchange
        && (reply.body.len() <= DIGEST_BYTES_MAX || looks_at_digest(step))
    {
        observed.set(Facet::Sha256, record::sha256(&reply.body));
    }
    let stream = if http.stream.is_some() { Facet::Chunks } else { Facet::Text };
    if let Some(came) = observed.facets().get(stream.word()) {
        scope.session.secrets.add_split(came.as_array().map_or(std::slice::from_ref(came), Vec::as_slice));
    }
    observed.exchange = Some(record::http(identity, &request, &exchange, &scope.session.secrets));
    observed.request = Some(Box::new(request));
    Ok(observed)
}

fn name(caller: Option<&Caller>) -> &str {
    caller.map_or("-", |caller| &caller.identity)
}

fn left(caller: Option<&Caller>, request: Request, scope: &Scope<'_>) -> Observed {
    let exchange = event::Exchange::Http {
        identity: name(caller).to_owned(),
        request: record::sent(&request, &scope.session.secrets),
        response: None,
        error: Some("hung up on purpose".to_owned()),
    };
    let mut observed = Observed::nothing().seen_as(exchange);
    observed.request = Some(Box::new(request));
    observed
}

fn looks_at_digest(step: &Step) -> bool {
    let mut expectations = step.expect.iter();
    expectations.any(|expect| expect.checks.iter().any(|check| check.facet == Facet::Sha256))
        || step.capture.0.iter().any(|capture| capture.from == Some(Facet::Sha256))
}

async fn request(http: &Http, caller: Option<&Caller>, scope: &Scope<'_>) -> Result<Request, Trouble> {
    let written = scope.text(&http.request.target).await?;
    let (base, mut target) = place(&written, caller)?;
    let mut headers = headers(&base, caller)?;
    for (name, value) in http.headers.iter() {
        headers.append(header_name(name)?, header_value(&scope.text(value).await?)?);
    }
    let mut query = Vec::new();
    for (name, value) in http.query.iter() {
        pairs(name, &scope.value(value).await?, &mut query);
    }
    if !query.is_empty() {
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&query.join("&"));
    }
    let mut body = body(http.body.as_ref(), &mut headers, scope).await?;
    if let Some(pace) = scope.maybe(http.throttle.as_ref()).await? {
        body = body.throttled(pace.0);
    }
    let read = match &http.stream {
        None => Read::All,
        Some(stream) => Read::Stream {
            chunks_max: scope
                .maybe(stream.chunks.as_ref())
                .await?
                .map_or(usize::MAX, |chunks| usize::try_from(chunks).unwrap_or(usize::MAX)),
            during: scope.typed(&stream.during).await?.get(),
        },
    };
    let method = Method::from_bytes(http.request.method.word().to_uppercase().as_bytes())
        .map_err(|e| Trouble::new(e.to_string()))?;
    let timeout = scope.maybe(http.timeout.as_ref()).await?.map_or(WITHIN, Time::get);
    Ok(Request { method, base, target, headers, body, timeout, read })
}

/// Where a request goes: the caller's base and the path byte for byte, or an absolute URL taken apart without
/// touching a byte of its path.
pub(super) fn place(written: &str, caller: Option<&Caller>) -> Result<(Url, String), Trouble> {
    let wrong = |text: &str, e: url::ParseError| Trouble::new(format!("`{text}` is no URL: {e}"));
    if let Some((scheme, rest)) = written.split_once("://")
        && matches!(scheme, "http" | "https" | "ws")
    {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let scheme = if scheme == "ws" { "http" } else { scheme };
        let base = format!("{scheme}://{}", &rest[..end]);
        let target =
            if rest[end..].starts_with('/') { rest[end..].to_owned() } else { format!("/{}", &rest[end..]) };
        return Ok((base.parse().map_err(|e| wrong(&base, e))?, target));
    }
    let caller =
        caller.ok_or_else(|| Trouble::new(format!("`{written}` is no absolute URL and nobody sends it")))?;
    Ok((caller.base.parse().map_err(|e| wrong(&caller.base, e))?, written.to_owned()))
}

/// The header lines that make a request this caller's.
pub(super) fn headers(base: &Url, caller: Option<&Caller>) -> Result<HeaderMap, Trouble> {
    let mut headers = HeaderMap::new();
    let host = caller.and_then(|caller| caller.host.as_deref()).unwrap_or(base.authority());
    headers.append(HOST, header_value(host)?);
    for field in caller.iter().flat_map(|caller| &caller.headers) {
        headers.append(header_name(&field.name)?, header_value(field.expose())?);
    }
    Ok(headers)
}

pub(super) fn header_name(name: &str) -> Result<HeaderName, Trouble> {
    name.parse().map_err(|_| Trouble::new(format!("`{name}` is no header name")))
}

pub(super) fn header_value(value: &str) -> Result<HeaderValue, Trouble> {
    // By bytes: a replay may well send what is not ASCII. The value itself may be secret and is not told.
    HeaderValue::from_bytes(value.as_bytes()).map_err(|_| Trouble::new("a header value holds a line break"))
}

fn pairs(name: &str, value: &Value, query: &mut Vec<String>) {
    let encoded = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    match value {
        Value::Null => {}
        Value::Array(items) => items.iter().for_each(|item| pairs(name, item, query)),
        one => query.push(format!("{}={}", encoded(name), encoded(&as_text(one)))),
    }
}

async fn body(spec: Option<&BodySpec>, headers: &mut HeaderMap, scope: &Scope<'_>) -> Result<Body, Trouble> {
    let mut kind = |value: &str| {
        // What the step says goes first.
        if !headers.contains_key(CONTENT_TYPE)
            && let Ok(value) = HeaderValue::from_str(value)
        {
            headers.insert(CONTENT_TYPE, value);
        }
    };
    Ok(match spec {
        None => Body::empty(),
        Some(BodySpec::Json(value)) => {
            kind("application/json");
            Body::bytes(scope.value(value).await?.to_string())
        }
        Some(BodySpec::Text(text)) => {
            kind("text/plain; charset=utf-8");
            Body::bytes(scope.text(text).await?)
        }
        Some(BodySpec::Form(fields)) => {
            kind("application/x-www-form-urlencoded");
            let mut form = Vec::new();
            for (name, value) in fields.iter() {
                pairs(name, &scope.value(value).await?, &mut form);
            }
            Body::bytes(form.join("&"))
        }
        Some(BodySpec::Multipart(parts)) => {
            let mut form = Vec::with_capacity(parts.len());
            for part in parts {
                form.push(form_part(part, scope).await?);
            }
            let form = Multipart::new(form);
            kind(&form.content_type());
            Body::multipart(form)
        }
        Some(BodySpec::Bytes(content)) => match bytes(content, scope).await? {
            PartContent::Bytes(bytes) => Body::bytes(bytes),
            PartContent::Generated(len) => Body::generated(len),
        },
    })
}

async fn form_part(part: &MultipartPart, scope: &Scope<'_>) -> Result<Part, Trouble> {
    Ok(Part {
        name: scope.text(&part.name).await?,
        file_name: scope.maybe_text(part.file_name.as_ref()).await?,
        content_type: scope.maybe_text(part.content_type.as_ref()).await?,
        content: bytes(&part.content, scope).await?,
    })
}

async fn bytes(content: &Content, scope: &Scope<'_>) -> Result<PartContent, Trouble> {
    let wrong = |what: &str, cause: String| Trouble::new(format!("not {what}: {cause}"));
    Ok(PartContent::Bytes(match content {
        Content::Size(size) => return Ok(PartContent::Generated(scope.typed(size).await?.0)),
        Content::Text(text) => scope.text(text).await?.into(),
        Content::Base64(text) => {
            let text = scope.text(text).await?;
            STANDARD.decode(text.trim()).map_err(|e| wrong("base64", e.to_string()))?.into()
        }
        Content::Hex(text) => {
            let text = scope.text(text).await?;
            hex::decode(text.trim()).map_err(|e| wrong("hexadecimal", e.to_string()))?.into()
        }
        Content::File(path) => {
            let path = scope.text(path).await?;
            let file = scope.session.play.root.join(&path);
            std::fs::read(file).map_err(|e| Trouble::new(format!("{path}: {e}")))?.into()
        }
    }))
}
