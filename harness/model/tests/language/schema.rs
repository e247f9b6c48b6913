//! The editor schema: fresh, and in agreement with the reader.

use std::path::Path;

use harness_model::schema::{replay_schema, replay_schema_text};

/// The schema that is checked in is the one that the types yield; `UPDATE_SCHEMA=1` writes it.
#[test]
fn the_schema_that_is_checked_in_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../replays/replay.schema.json");
    let fresh = replay_schema_text();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).expect("the schema can be written");
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == fresh, "replays/replay.schema.json is stale: `harness schema` writes it");
}

#[test]
fn the_schema_is_a_schema_and_knows_every_action() {
    let schema = replay_schema();
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    for key in harness_model::replay::Action::KEYS {
        assert!(schema["$defs"]["Step"]["properties"].get(key).is_some(), "{key}");
    }
    let good = serde_json::json!({ "replay": "a", "steps": [{ "pause": { "for": "1s", "because": "x" } }] });
    assert!(
        validator.is_valid(&good),
        "{:?}",
        validator.validate(&good).err().map(|error| error.to_string())
    );
    let two = serde_json::json!({ "replay": "a", "steps": [
        { "pause": { "for": "1s", "because": "x" }, "let": { "a": 1 } },
    ] });
    assert!(!validator.is_valid(&two));
    assert!(!validator.is_valid(&serde_json::json!({ "replay": "a", "stps": [] })));
    let part = serde_json::json!({ "part": "a", "steps": [] });
    assert!(
        validator.is_valid(&part),
        "{:?}",
        validator.validate(&part).err().map(|error| error.to_string())
    );
}
