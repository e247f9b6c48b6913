//! `mcp`: one JSON-RPC call of an MCP endpoint.

use harness_model::replay::Facet;
use harness_model::replay::action::{Mcp, McpAct};
use harness_model::units::Time;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::{Value, json};

use super::WITHIN;
use super::http::{headers, place};
use crate::engine::http::{Body, Read, Request};
use crate::engine::observed::Observed;
use crate::engine::record;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

/// The id of every call: one call per connection is in flight, and a fixed id makes answers comparable.
const ID: u64 = 1;

pub(super) async fn run(mcp: &Mcp, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let caller = scope.caller(&mcp.identity).await?;
    let (base, target) = place(&scope.text(&mcp.path).await?, Some(&caller))?;
    let mut headers = headers(&base, Some(&caller))?;
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
    let timeout = scope.maybe(mcp.timeout.as_ref()).await?.map_or(WITHIN, Time::get);
    let body = Body::bytes(call(mcp, scope).await?.to_string());
    let request = Request { method: Method::POST, base, target, headers, body, timeout, read: Read::All };
    let exchange = scope.session.client.send(&request).await;
    let transport = record::observe_http(&exchange, false);
    let mut observed = Observed::nothing()
        .maybe(Facet::Status, transport.facet(Facet::Status).cloned())
        .maybe(Facet::Error, transport.facet(Facet::Error).cloned());
    if let Ok(reply) = &exchange {
        let text = String::from_utf8_lossy(&reply.body);
        answer(&text, reply.status.is_success(), &mut observed);
    }
    observed.exchange = Some(record::http(&caller.identity, &request, &exchange, &scope.session.secrets));
    observed.request = Some(Box::new(request));
    Ok(observed)
}

async fn call(mcp: &Mcp, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let with = match &mcp.with {
        Some(with) => Some(scope.value(with).await?),
        None => None,
    };
    let (method, params) = match &mcp.act {
        McpAct::Call(tool) => {
            let params =
                json!({ "name": scope.text(tool).await?, "arguments": with.unwrap_or_else(|| json!({})) });
            ("tools/call".to_owned(), Some(params))
        }
        McpAct::Method(method) => (scope.text(method).await?, with),
    };
    let mut call = json!({ "jsonrpc": "2.0", "id": ID, "method": method });
    if let Some(params) = params {
        call["params"] = params;
    }
    Ok(call)
}

/// Takes a JSON-RPC answer apart; anything else is an error with what came instead.
fn answer(text: &str, success: bool, observed: &mut Observed) {
    let message = message(text);
    let result = message.as_ref().and_then(|message| message.get("result"));
    if let Some(error) = message.as_ref().and_then(|message| message.get("error"))
        && result.is_none()
    {
        observed.set(Facet::Json, message.clone().unwrap_or_default());
        observed.set(Facet::Error, error.clone());
        return;
    }
    let Some(result) = result.filter(|_| success) else {
        observed.set(Facet::Text, text);
        observed.set(Facet::Error, "the answer is no JSON-RPC result");
        if let Some(message) = message {
            observed.set(Facet::Json, message);
        }
        return;
    };
    let content = content(result);
    if result.get("isError") == Some(&Value::Bool(true)) {
        observed.set(Facet::Error, content.clone());
    }
    observed.set(Facet::Text, content);
    observed.set(Facet::Json, result.clone());
    observed.set(Facet::Value, result.clone());
}

/// The message: the body itself, or the first event of an event stream.
fn message(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().or_else(|| {
        let mut events = text.lines().filter_map(|line| line.strip_prefix("data:"));
        events.find_map(|data| serde_json::from_str(data.trim()).ok())
    })
}

/// The text content of a tool's result.
fn content(result: &Value) -> String {
    let items = result.get("content").and_then(Value::as_array);
    let texts = items.into_iter().flatten().filter_map(|item| item.get("text").and_then(Value::as_str));
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, success: bool) -> Value {
        let mut observed = Observed::nothing();
        answer(text, success, &mut observed);
        observed.tree()
    }

    #[test]
    fn a_result_gives_its_text_whether_it_comes_as_json_or_as_an_event() {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "result": { "content": [
            { "type": "text", "text": "one" }, { "type": "text", "text": "two" }
        ] } })
        .to_string();
        for text in [body.clone(), format!("event: message\ndata: {body}\n\n")] {
            assert_eq!(read(&text, true)["text"], "one\ntwo");
        }
    }

    #[test]
    fn every_kind_of_failure_is_an_error() {
        let tool = json!({ "result": { "isError": true, "content": [{ "text": "no such peer" }] } });
        assert_eq!(read(&tool.to_string(), true)["error"], "no such peer");
        let rpc = json!({ "error": { "code": -32601, "message": "method not found" } });
        assert_eq!(read(&rpc.to_string(), true)["error"]["code"], -32601);
        assert!(read("<html>", true).get("error").is_some());
        assert!(read("{\"result\":{}}", false).get("error").is_some());
    }
}
