//! Laws of the normaliser that hold for any body.

use bytes::Bytes;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use server_app::a2a::normalise;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(any_key(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "jsonrpc",
            "id",
            "method",
            "params",
            "message",
            "messageId",
            "message_id",
            "parts",
            "content",
            "kind",
            "text",
            "expires_in_seconds",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::hash_map(any_key(), any_json(), 0..5).prop_map(|map| map.into_iter().collect())
}

/// A body an agent accepts as it stands, with unknown fields at every level.
fn canonical() -> impl Strategy<Value = Value> {
    let parts = prop::collection::vec(any_object().prop_map(Value::Object), 1..4);
    (any_object(), any_object(), any_object(), parts, any::<String>()).prop_map(
        |(mut body, mut params, mut message, parts, id)| {
            message.insert("messageId".into(), id.into());
            message.insert("parts".into(), parts.into());
            params.insert("message".into(), message.into());
            body.insert("jsonrpc".into(), "2.0".into());
            body.insert("params".into(), params.into());
            Value::Object(body)
        },
    )
}

fn around_a_message(message: Map<String, Value>) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "message/send", "params": { "message": message } })
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in prop::collection::vec(any::<u8>(), 0..256)) {
        let _ = normalise(Bytes::from(body));
    }

    #[test]
    fn what_it_accepts_once_it_leaves_alone_the_second_time(
        body in prop_oneof![any_json(), canonical(), any_object().prop_map(around_a_message)],
    ) {
        if let Ok(first) = normalise(Bytes::from(body.to_string())) {
            let second = normalise(first.bytes().clone()).expect("its own output is acceptable");
            prop_assert_eq!(second.bytes(), first.bytes());
            prop_assert_eq!(second.method(), first.method());
            prop_assert_eq!(second.message_id(), first.message_id());
        }
    }

    /// Ledger: A2A-45.
    #[test]
    fn a_canonical_body_is_forwarded_byte_for_byte(body in canonical()) {
        let pretty = serde_json::to_string_pretty(&body).expect("prints");
        let sent = normalise(Bytes::from(pretty.clone())).expect("canonical");
        prop_assert_eq!(sent.bytes(), pretty.as_bytes());
    }

    #[test]
    fn text_content_arrives_as_one_text_part(text in any::<String>(), rest in any_object()) {
        let mut message = rest;
        message.remove("parts");
        message.insert("content".into(), text.clone().into());
        let sent = normalise(Bytes::from(around_a_message(message).to_string())).expect("accepted");
        let json: Value = serde_json::from_slice(sent.bytes()).expect("JSON");
        let message = &json["params"]["message"];
        prop_assert_eq!(&message["parts"], &json!([{ "kind": "text", "text": text }]));
        prop_assert!(message.get("content").is_none());
        prop_assert!(message.get("messageId").is_some());
    }

    #[test]
    fn a_refusal_names_a_field_of_the_message_in_text_and_in_json(message in any_object()) {
        if let Err(refused) = normalise(Bytes::from(around_a_message(message).to_string())) {
            let body = refused.body();
            let field = body["error"]["data"]["field"].as_str().expect("a field");
            prop_assert!(field.starts_with("params.message."));
            prop_assert!(refused.to_string().contains(field));
            prop_assert_eq!(&body["id"], &json!(1));
        }
    }
}

/// Ledger: A2A-45.
#[test]
fn number_literals_survive_a_rewrite() {
    let body = r#"{"method":"message/send","params":{"n":1.0,"big":123456789012345678901234567890,"message":{"content":[{"data":1.50}],"x":1e2}}}"#;
    let sent = normalise(Bytes::from(body)).expect("accepted");
    let text = sent.text();
    for literal in [r#""n":1.0"#, r#""big":123456789012345678901234567890"#, r#""data":1.50"#, r#""x":1e2"#] {
        assert!(text.contains(literal), "{text} lacks {literal}");
    }
}

#[test]
fn text_that_no_database_can_hold_is_not_json() {
    for body in [r#"{"method":"\ud800"}"#, r#"{"n":1e999}"#, &"[".repeat(500)] {
        let refused = normalise(Bytes::from(body.to_owned())).expect_err("refused");
        assert_eq!(refused.body(), json!({ "error": "invalid JSON" }));
    }
}

/// Ledger: A2A-63.
#[test]
fn only_a_positive_integer_lifetime_counts() {
    let table = [
        ("60", Some(60)),
        ("0", None),
        ("-1", None),
        ("1.5", None),
        (r#""60""#, None),
        ("null", None),
        ("true", None),
    ];
    for (written, expected) in table {
        let body = format!(
            r#"{{"jsonrpc":"2.0","method":"message/send","params":{{"expires_in_seconds":{written},"message":{{"parts":[{{"text":"x"}}]}}}}}}"#
        );
        let sent = normalise(Bytes::from(body)).expect("accepted");
        assert_eq!(sent.expires_in_secs(), expected, "{written}");
    }
}
