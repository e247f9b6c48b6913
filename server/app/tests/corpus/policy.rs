//! What the corpus as a whole promises, whatever its entries say.

use std::{collections::BTreeSet, fs};

use bytes::Bytes;
use serde_json::Value;
use server_app::a2a::{NormaliseError, normalise};

use crate::entry::{Entry, load, root};

const NAMED_VALID: [&str; 11] = [
    "v0_2_string_content",
    "v0_2_string_content_no_message_id",
    "v0_2_list_content",
    "v0_3_parts_text_only",
    "v0_3_parts_multi_text",
    "v0_3_parts_with_file",
    "v0_3_parts_with_context",
    "v0_3_streaming_method",
    "v0_3_unicode_text",
    "v0_3_long_text",
    "no_jsonrpc_envelope",
];
const NAMED_INVALID: [&str; 3] = ["no_content_or_parts", "content_is_integer", "content_is_bool"];
const NAMED_MALFORMED: [&str; 4] = ["truncated", "plain_text", "empty", "whitespace"];

fn names(entries: &[Entry]) -> BTreeSet<String> {
    entries.iter().map(|entry| entry.name.clone()).collect()
}

fn missing(named: &[&str], have: &BTreeSet<String>) -> Result<(), String> {
    let absent: Vec<&&str> = named.iter().filter(|name| !have.contains(**name)).collect();
    if absent.is_empty() { Ok(()) } else { Err(format!("missing entries: {absent:?}")) }
}

/// Every entry that an incident or a protocol line demands is here by name.
pub(crate) fn named_entries_are_present() -> Result<(), String> {
    missing(&NAMED_VALID, &names(&load("valid")))?;
    missing(&NAMED_INVALID, &names(&load("invalid")))?;
    let rows = malformed_rows();
    let have = rows.iter().filter_map(|row| row["name"].as_str().map(str::to_owned)).collect();
    missing(&NAMED_MALFORMED, &have)
}

/// No protocol line loses its last entry.
pub(crate) fn every_family_has_an_entry() -> Result<(), String> {
    let have = names(&load("valid"));
    for family in ["v0_2_", "v0_3_", "v1_"] {
        if !have.iter().any(|name| name.starts_with(family)) {
            return Err(format!("no valid entry {family}*"));
        }
    }
    Ok(())
}

/// Every entry says why it is here, since when, and where the shape was seen.
pub(crate) fn every_entry_carries_its_metadata() -> Result<(), String> {
    let expects: [(&str, &[&str]); 3] = [
        ("valid", &["_expect_forwarded"]),
        ("bypass", &["_expect_forwarded"]),
        ("invalid", &["_expect_error", "_expect_status"]),
    ];
    for (class, extra) in expects {
        for entry in load(class) {
            documented(&entry.name, &Value::Object(entry.meta.clone()), extra)?;
        }
    }
    malformed_rows().iter().try_for_each(|row| {
        let name = row["name"].as_str().ok_or("a malformed entry without a name")?;
        documented(name, row, &["_expect_error", "_expect_status"])
    })
}

fn documented(name: &str, meta: &Value, extra: &[&str]) -> Result<(), String> {
    for key in ["_comment", "_added", "_source"].iter().chain(extra) {
        let value = &meta[*key];
        if value.is_null() || value.as_str().is_some_and(str::is_empty) {
            return Err(format!("{name}: {key} is missing"));
        }
    }
    let source = meta["_source"].as_str().unwrap_or_default();
    let incident = source.strip_prefix('#').is_some_and(|number| number.parse::<u32>().is_ok());
    let sdk = source.split_once("-sdk ").is_some_and(|(_, version)| version.split('.').count() == 3);
    if !incident && !sdk {
        return Err(format!("{name}: _source {source:?} is neither an SDK version nor an incident"));
    }
    let added = meta["_added"].as_str().unwrap_or_default();
    chrono::NaiveDate::parse_from_str(added, "%Y-%m-%d").map_err(|e| format!("{name}: _added: {e}"))?;
    Ok(())
}

/// The list in the README and the folder agree, so no entry comes or leaves unnoticed.
pub(crate) fn the_readme_lists_exactly_the_entries() -> Result<(), String> {
    let readme = fs::read_to_string(root().join("README.md")).map_err(|e| e.to_string())?;
    let listed = readme.split("## Entries").nth(1).and_then(|rest| rest.split("## Removed").next());
    let listed: BTreeSet<String> = listed
        .ok_or("the README lacks its sections")?
        .lines()
        .filter_map(|line| line.strip_prefix("- `")?.strip_suffix('`').map(str::to_owned))
        .collect();
    let have: BTreeSet<String> =
        ["valid", "invalid", "bypass"].iter().flat_map(|c| names(&load(c))).collect();
    let differ: Vec<&String> = listed.symmetric_difference(&have).collect();
    if differ.is_empty() { Ok(()) } else { Err(format!("only in the README or only on disk: {differ:?}")) }
}

/// Without the `content` rule a message has no parts: take the key away, and exactly the v0.2
/// entries are refused, for that reason.
pub(crate) fn without_the_content_rule_exactly_the_v0_2_entries_fail() -> Result<(), String> {
    let mut failed = BTreeSet::new();
    for mut entry in load("valid") {
        let message = entry.body.pointer_mut("/params/message").and_then(Value::as_object_mut);
        message.ok_or_else(|| format!("{}: no message", entry.name))?.remove("content");
        match normalise(Bytes::from(entry.body.to_string())) {
            Err(NormaliseError::Refused { field, .. }) if field.to_string() == "params.message.parts" => {
                failed.insert(entry.name);
            }
            Err(other) => return Err(format!("{}: refused for another reason: {other}", entry.name)),
            Ok(_) => {}
        }
    }
    let expected: BTreeSet<String> =
        NAMED_VALID.iter().filter(|name| name.starts_with("v0_2_")).map(|&name| name.into()).collect();
    if failed == expected { Ok(()) } else { Err(format!("failed: {failed:?}")) }
}

/// The rows of `malformed.json`.
pub(crate) fn malformed_rows() -> Vec<Value> {
    let text = fs::read_to_string(root().join("malformed.json")).expect("part of the repository");
    serde_json::from_str(&text).expect("malformed.json is itself well formed")
}
