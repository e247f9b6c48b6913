//! The rules for `params.message`: an id, and parts that every SDK accepts.

use serde_json::{Value, json, value::RawValue};
#[cfg(feature = "witness")]
use server_types::seams::{self, Seam};
use uuid::Uuid;

use super::{
    raw::RawObject,
    refusal::{Fault, Field},
};

/// Fills the message id, turns v0.2 `content` into v0.3 `parts`, refuses what agents would drop.
pub(super) fn canonicalise(message: &mut RawObject<'_>) -> Result<(), Fault> {
    identify(message);
    #[cfg(feature = "witness")]
    if seams::is_open(Seam::A2aKeepsV02Content) && message.has("content") {
        return Ok(());
    }
    if !message.has("parts") {
        lift_content(message)?;
    }
    check_parts(message)
}

/// A sender's own id is never changed. Its snake_case spelling is moved, not doubled: agents read
/// the camelCase one, and a second id would defeat the queue's idempotency key.
fn identify(message: &mut RawObject<'_>) {
    if message.has("messageId") {
        return;
    }
    if message.has("message_id") {
        message.rename("message_id", "messageId");
    } else {
        message.set_value("messageId", &Value::from(Uuid::new_v4().to_string()));
    }
}

/// v0.2 carried the text in `content`; a string becomes one text part, a list becomes the parts.
fn lift_content(message: &mut RawObject<'_>) -> Result<(), Fault> {
    let Some(content) = message.get("content") else { return Err(Fault::NoParts) };
    match message.value("content") {
        Value::String(text) => message.set_value("parts", &json!([{ "kind": "text", "text": text }])),
        Value::Array(_) => message.set("parts", content),
        other => return Err(Fault::ContentType(type_name(&other))),
    }
    message.remove("content");
    Ok(())
}

fn check_parts(message: &RawObject<'_>) -> Result<(), Fault> {
    let Some(raw) = message.get("parts") else { return Err(Fault::NoParts) };
    let Ok(parts) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
        let found = type_name(&message.value("parts"));
        return Err(Fault::Parts(Field::Parts, format!("must be a list of parts, got {found}")));
    };
    if parts.is_empty() {
        return Err(Fault::Parts(Field::Parts, "must not be empty".into()));
    }
    match parts.iter().position(|part| !part.get().starts_with('{')) {
        Some(index) => Err(Fault::Parts(Field::Part(index), "must be an object".into())),
        None => Ok(()),
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
