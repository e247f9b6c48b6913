//! Line diffs of trees and long texts.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// Lines of context around a change.
const CONTEXT: usize = 3;

/// The line diff of two texts, `-` wanted and `+` found; `None` when they are equal.
pub fn diff_text(wanted: &str, found: &str) -> Option<String> {
    if wanted == found {
        return None;
    }
    let diff = TextDiff::from_lines(wanted, found);
    let mut out = String::new();
    for (at, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if at > 0 {
            out.push_str("  …\n");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let sign = match change.tag() {
                ChangeTag::Delete => "- ",
                ChangeTag::Insert => "+ ",
                ChangeTag::Equal => "  ",
            };
            out.push_str(sign);
            out.push_str(change.value().trim_end_matches('\n'));
            out.push('\n');
        }
    }
    Some(out)
}

/// The line diff of two values as indented JSON with sorted keys, so that only content differs.
pub fn diff_values(wanted: &Value, found: &Value) -> Option<String> {
    diff_text(&pretty(wanted), &pretty(found))
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(&sorted(value)).unwrap_or_default()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
