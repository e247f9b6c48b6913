//! Judges one entry against the normaliser; `Err` is the text of the failed case.

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use bytes::Bytes;
use serde_json::Value;
use server_app::a2a::{NormaliseError, Normalised, normalise};
use server_types::limits::A2A_BODY_BYTES_MAX;
use uuid::Uuid;

use crate::entry::Entry;

type Judgement = Result<(), String>;

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Judgement {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn forwarded(entry: &Entry) -> Result<(Normalised, Value), String> {
    let body = Bytes::from(entry.body.to_string());
    let sent = normalise(body).map_err(|refused| format!("refused: {refused}"))?;
    let json = serde_json::from_slice(sent.bytes()).map_err(|e| e.to_string())?;
    Ok((sent, json))
}

/// The agent receives the canonical form, and exactly the one on record.
pub(crate) fn valid(entry: &Entry) -> Judgement {
    let (sent, json) = forwarded(entry)?;
    let message = &json["params"]["message"];
    ensure(json["jsonrpc"] == "2.0", || "jsonrpc is not 2.0".into())?;
    let parts = message["parts"].as_array();
    ensure(parts.is_some_and(|parts| !parts.is_empty()), || "no parts".into())?;
    ensure(message["messageId"].as_str().is_some_and(|id| !id.is_empty()), || "no messageId".into())?;
    let both = entry.body["params"]["message"].get("parts").is_some();
    ensure(both || message.get("content").is_none(), || "content is still there".into())?;
    ensure(sent.method() == json["method"], || "the recorded method differs from the sent one".into())?;
    same(entry.expected(), &json, "$")?;
    again(&sent)
}

/// A method without a message passes unchanged.
pub(crate) fn bypass(entry: &Entry) -> Judgement {
    let (sent, json) = forwarded(entry)?;
    same(entry.expected(), &json, "$")?;
    again(&sent)
}

/// What was normalised once is forwarded byte for byte the second time.
fn again(sent: &Normalised) -> Judgement {
    let second = normalise(sent.bytes().clone()).map_err(|refused| format!("second pass: {refused}"))?;
    ensure(second.bytes() == sent.bytes(), || "the second pass changed the body".into())
}

/// The refusal has the recorded status and names the recorded field.
pub(crate) fn invalid(entry: &Entry) -> Judgement {
    let Err(refused) = normalise(Bytes::from(entry.body.to_string())) else {
        return Err("accepted".into());
    };
    refused_as_recorded(&refused, &Value::Object(entry.meta.clone()))?;
    let body = refused.body();
    ensure(body["jsonrpc"] == "2.0", || format!("not a JSON-RPC error: {body}"))?;
    ensure(body["error"]["code"] == -32602, || format!("wrong code: {body}"))?;
    ensure(body["id"] == entry.body["id"], || format!("another request id: {body}"))
}

fn refused_as_recorded(refused: &NormaliseError, meta: &Value) -> Judgement {
    let body = refused.body().to_string();
    let expected = meta["_expect_error"].as_str().ok_or("no _expect_error")?;
    ensure(body.contains(expected), || format!("{body} lacks {expected:?}"))?;
    ensure(meta["_expect_status"] == 400, || "the normaliser refuses with 400 only".into())
}

/// A body that is not one JSON object is refused as such; an over-long one never gets that far.
pub(crate) fn malformed(row: &Value) -> Judgement {
    let body = malformed_body(row)?;
    if row["_expect_status"] == 413 {
        return ensure(body.len() > A2A_BODY_BYTES_MAX, || "the body is not over the cap".into());
    }
    match normalise(body) {
        Ok(_) => Err("accepted".into()),
        Err(refused) => refused_as_recorded(&refused, row),
    }
}

fn malformed_body(row: &Value) -> Result<Bytes, String> {
    if let Some(text) = row["text"].as_str() {
        return Ok(Bytes::from(text.to_owned()));
    }
    if let Some(coded) = row["base64"].as_str() {
        return BASE64.decode(coded).map(Bytes::from).map_err(|e| e.to_string());
    }
    let repeat = &row["repeat"];
    let text = repeat["text"].as_str().ok_or("no body")?;
    let times = repeat["times"].as_u64().and_then(|n| usize::try_from(n).ok()).ok_or("no times")?;
    Ok(Bytes::from(text.repeat(times)))
}

/// Equality in which `<uuid>` stands for a version 4 UUID.
fn same(expected: &Value, got: &Value, at: &str) -> Judgement {
    match (expected, got) {
        (Value::String(word), Value::String(text)) if word == "<uuid>" => {
            let version = Uuid::parse_str(text).ok().map(|id| id.get_version_num());
            ensure(version == Some(4), || format!("{at}: {text:?} is no version 4 UUID"))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.keys().chain(right.keys()).try_for_each(|key| match (left.get(key), right.get(key)) {
                (Some(a), Some(b)) => same(a, b, &format!("{at}.{key}")),
                (None, _) => Err(format!("{at}.{key} is unexpected")),
                (_, None) => Err(format!("{at}.{key} is missing")),
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            left.iter().zip(right).enumerate().try_for_each(|(i, (a, b))| same(a, b, &format!("{at}[{i}]")))
        }
        _ => ensure(expected == got, || format!("{at}: expected {expected}, got {got}")),
    }
}
