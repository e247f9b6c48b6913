//! The editor schema of replays and parts, made from the same definitions as their readers.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::form::Form;
use crate::replay::{Part, Replay};

/// The JSON schema of a file under `replays/`: a part when it says `part`, else a replay.
pub fn replay_schema() -> Value {
    let mut generator = SchemaGenerator::new(SchemaSettings::draft2020_12());
    let replay = Replay::schema(&mut generator).to_value();
    let part = Part::schema(&mut generator).to_value();
    let definitions: Map<String, Value> = generator.take_definitions(true);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A replay, or a part that replays use",
        "if": { "type": "object", "required": ["part"] },
        "then": part,
        "else": replay,
        "$defs": definitions,
    })
}

/// The schema as it is checked in: indented, with a newline at the end.
pub fn replay_schema_text() -> String {
    let mut text = serde_json::to_string_pretty(&replay_schema()).unwrap_or_default();
    text.push('\n');
    text
}
