//! `POST /`: A2A in its v0.3 form, strictly.
//!
//! Strict on purpose: an agent SDK answers a shape that it does not know with an error inside HTTP
//! 200, and a platform that forwards such a shape loses the message without a word (#2345).

use serde_json::Value;

use crate::agent::{
    behaviour::{Answer, Call, act, json_response, rpc_error},
    standin::Agent,
};

const PARSE_ERROR: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
/// Methods that carry a message.
const MESSAGE_METHODS: [&str; 2] = ["message/send", "message/stream"];

/// Answers one call as ordered, after it was found to be a message at all.
pub(super) async fn answer(agent: &Agent, seq: u64, call: Option<&Value>) -> Answer {
    let method = call.and_then(|call| call.get("method")).and_then(Value::as_str).unwrap_or_default();
    let (ordered, named) = {
        let mut book = agent.book();
        let named = book.names(method);
        (book.next(method), named)
    };
    // A scripted transport meets any call; another method is only known when a replay scripted it.
    let is_transport = ordered.as_ref().is_some_and(|behaviour| behaviour.manner.is_of_transport());
    let is_scripted = named && !MESSAGE_METHODS.contains(&method);
    if let Some(error) = refusal(call).filter(|_| !is_transport && !is_scripted) {
        agent.journal().answered_by(seq, "refused");
        return Answer::Http(json_response(&error));
    }
    let shown = ordered.as_ref().map_or("default", |behaviour| behaviour.manner.name());
    agent.journal().answered_by(seq, shown);
    let id = call.and_then(|call| call.get("id")).cloned().unwrap_or(Value::Null);
    let text = message_text(call);
    let streams = method == "message/stream";
    act(ordered.unwrap_or_default(), Call { id: &id, text: &text, streams }).await
}

/// What a strict v0.3 server objects to.
fn refusal(call: Option<&Value>) -> Option<Value> {
    let Some(call) = call else { return Some(rpc_error(&Value::Null, PARSE_ERROR, "Parse error")) };
    let id = call.get("id").cloned().unwrap_or(Value::Null);
    let refuse = |code: i64, text: &str| Some(rpc_error(&id, code, text));
    if call.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return refuse(INVALID_REQUEST, "jsonrpc must be \"2.0\"");
    }
    if call.get("id").is_none() {
        return refuse(INVALID_REQUEST, "id is required");
    }
    let method = call.get("method").and_then(Value::as_str).unwrap_or_default();
    if !MESSAGE_METHODS.contains(&method) {
        return refuse(METHOD_NOT_FOUND, "Method not found");
    }
    let message = call.pointer("/params/message");
    let Some(parts) = message.and_then(|message| message.get("parts")).and_then(Value::as_array) else {
        return refuse(INVALID_PARAMS, "params.message.parts is required and must be a list");
    };
    if parts.iter().any(|part| !part.is_object()) {
        return refuse(INVALID_PARAMS, "params.message.parts must hold objects");
    }
    let message_id = message.and_then(|message| message.get("messageId")).and_then(Value::as_str);
    if message_id.is_none_or(str::is_empty) {
        return refuse(INVALID_PARAMS, "params.message.messageId is required");
    }
    None
}

/// All text parts, one per line.
fn message_text(call: Option<&Value>) -> String {
    let parts = call.and_then(|call| call.pointer("/params/message/parts")).and_then(Value::as_array);
    let texts = parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str());
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(call: Value) -> Option<i64> {
        refusal(Some(&call)).map(|error| error["error"]["code"].as_i64().unwrap())
    }

    fn send(message: Value) -> Value {
        json!({"jsonrpc": "2.0", "id": 7, "method": "message/send", "params": {"message": message}})
    }

    #[test]
    fn only_a_v0_3_message_is_taken() {
        assert_eq!(code(send(json!({"messageId": "m", "parts": [{"kind": "text", "text": "x"}]}))), None);
        assert_eq!(code(send(json!({"messageId": "m", "parts": []}))), None);
        for message in [
            json!({"messageId": "m", "content": "x"}),
            json!({"messageId": "m", "parts": null}),
            json!({"messageId": "m", "parts": "x"}),
            json!({"messageId": "m", "parts": ["x"]}),
            json!({"parts": [{"text": "x"}]}),
            json!(null),
        ] {
            assert_eq!(code(send(message.clone())), Some(INVALID_PARAMS), "{message}");
        }
        assert_eq!(code(json!({"jsonrpc": "2.0", "id": 1, "method": "SendMessage"})), Some(METHOD_NOT_FOUND));
        assert_eq!(code(json!({"id": 1, "method": "message/send"})), Some(INVALID_REQUEST));
        assert_eq!(refusal(None).unwrap()["error"]["code"], PARSE_ERROR);
    }

    #[test]
    fn the_refusal_names_the_field_and_keeps_the_id() {
        let refused = refusal(Some(&send(json!({"messageId": "m", "content": "x"})))).unwrap();
        assert!(refused["error"]["message"].as_str().unwrap().contains("params.message.parts"));
        assert_eq!(refused["id"], 7);
    }
}
