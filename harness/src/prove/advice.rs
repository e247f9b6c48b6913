//! The line that would have caught a survivor.

use std::collections::BTreeSet;

use serde_json::Value;

use super::mutate::Mutant;
use super::mutate::text::is_generated;
use super::operator::Operator;
use crate::engine::again::Sighting;

/// Longer texts are told by their beginning.
const LITERAL_CHARS_MAX: usize = 60;

/// A place as reports name it, and as `volatile:` takes it: `json $.items[0].id`.
#[must_use]
pub fn shown_path(facet: &str, pointer: &str, sighting: &Sighting) -> String {
    let frames = sighting.window.is_some();
    let mut here = if frames { None } else { sighting.facets.get(facet) };
    let mut path = "$".to_owned();
    for token in pointer.split('/').skip(1) {
        let key = token.replace("~1", "/").replace("~0", "~");
        let is_index = here.is_none_or(Value::is_array) && key.parse::<usize>().is_ok();
        let plain = !key.is_empty() && key.chars().all(|char| char.is_alphanumeric() || char == '_');
        path += &match (is_index, plain) {
            (true, _) => format!("[{key}]"),
            (false, true) => format!(".{key}"),
            (false, false) => format!("['{}']", key.replace('\'', "\\'")),
        };
        here = match here {
            Some(Value::Array(items)) => key.parse::<usize>().ok().and_then(|at| items.get(at)),
            Some(Value::Object(fields)) => fields.get(&key),
            _ => None,
        };
    }
    format!("{facet} {path}")
}

/// What to write under `expect:` so that the survivors of a place are noticed.
#[must_use]
pub fn advice(mutant: &Mutant, was: Option<&Value>, operators: &BTreeSet<Operator>) -> String {
    let path = shown_path(mutant.facet, &mutant.pointer, &mutant.sighting);
    let path = path.split_once(' ').map_or("$", |(_, path)| path).to_owned();
    let has = |operator| operators.contains(&operator);
    match mutant.facet {
        "frames" => frames(&path, was, operators),
        facet @ ("status" | "affected" | "exit") => format!("{facet}: {}", literal(was)),
        "headers" => {
            let name = mutant.pointer.trim_start_matches('/').replace("~1", "/");
            format!("headers: {{ {name}: {} }}", literal(was))
        }
        "rows" if path == "$" => match was.and_then(Value::as_array) {
            Some(rows) => format!("rows: {{ length: {} }}", rows.len()),
            None => "rows: present".to_owned(),
        },
        facet if path == "$" && has(Operator::KeyAdd) && operators.len() == 1 => {
            format!("{facet}: {{ exact: {{ … }} }}")
        }
        facet if path == "$" => format!("{facet}: {}", demand(was)),
        facet if has(Operator::KeyAdd) && operators.len() == 1 => {
            format!("{facet}: {{ \"{path}\": {{ exact: {{ … }} }} }}")
        }
        facet => format!("{facet}: {{ \"{path}\": {} }}", demand(was)),
    }
}

fn frames(path: &str, was: Option<&Value>, operators: &BTreeSet<Operator>) -> String {
    let on_frames = [Operator::FrameTwice, Operator::FrameReorder, Operator::FrameDrop, Operator::FrameDelay];
    if on_frames.iter().any(|operator| operators.contains(operator)) {
        return "nothing_else: true, with every frame under `sees:`".to_owned();
    }
    let within = path.split_once("json").map_or(path, |(_, rest)| rest);
    format!("sees: [{{ json: {{ \"${within}\": {} }} }}]", demand(was))
}

/// A matcher that the value fulfils and its mutants do not.
fn demand(was: Option<&Value>) -> String {
    match was {
        None => "present".to_owned(),
        Some(Value::String(text)) if is_generated(text) => {
            if text.len() == 36 { "uuid" } else { "rfc3339" }.to_owned()
        }
        Some(Value::Array(items)) if items.is_empty() => "empty".to_owned(),
        Some(Value::Array(items)) => format!("{{ length: {} }}", items.len()),
        Some(Value::Object(fields)) if fields.is_empty() => "{ exact: {} }".to_owned(),
        Some(Value::Object(_)) => "{ type: object }".to_owned(),
        Some(Value::Null) => "null".to_owned(),
        Some(_) => literal(was),
    }
}

fn literal(was: Option<&Value>) -> String {
    match was {
        Some(Value::String(text)) if text.chars().count() > LITERAL_CHARS_MAX => {
            let start: String = text.chars().take(LITERAL_CHARS_MAX).collect();
            format!("{{ starts_with: {} }}", Value::from(start))
        }
        Some(value) => value.to_string(),
        None => "present".to_owned(),
    }
}
