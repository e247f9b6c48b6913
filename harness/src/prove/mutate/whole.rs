//! What follows from a changed facet in the others.

use harness_model::replay::Facet;
use serde_json::{Map, Value, json};

/// The facets that repeat another one.
#[derive(Debug)]
pub struct Mirrors<'f> {
    facet: &'f str,
    same: Vec<&'f str>,
    /// Those that are its JSON as text.
    text: Vec<&'f str>,
    /// Those that are one text of it, and where that stands: the answer of a tool inside its envelope.
    part: Vec<(&'f str, String)>,
}

impl<'f> Mirrors<'f> {
    /// What repeats a facet of an observation.
    #[must_use]
    pub fn of(facets: &'f Map<String, Value>, facet: &'f str) -> Self {
        let mut mirrors = Mirrors { facet, same: Vec::new(), text: Vec::new(), part: Vec::new() };
        let Some(old) = facets.get(facet) else { return mirrors };
        for (other, value) in facets.iter().filter(|(other, _)| *other != facet) {
            match value {
                value if value == old && !old.is_number() => mirrors.same.push(other),
                Value::String(text) if facet == "json" && is_text_of(text, old) => mirrors.text.push(other),
                Value::String(text) => {
                    mirrors.part.extend(place_of(text, old).map(|place| (&**other, place)))
                }
                _ => {}
            }
        }
        mirrors
    }

    /// The observation with another value of the facet, and everything that repeats or contains it.
    #[must_use]
    pub fn with(&self, facets: &Map<String, Value>, new: Value) -> Map<String, Value> {
        let mut changed = facets.clone();
        if self.facet == Facet::Rows.word() {
            return rows(changed, facets.get(self.facet).unwrap_or(&Value::Null), new);
        }
        for other in &self.same {
            changed.insert((*other).to_owned(), new.clone());
        }
        if !self.text.is_empty() {
            let text = new.to_string();
            self.text.iter().for_each(|other| drop(changed.insert((*other).to_owned(), text.clone().into())));
        }
        for (other, place) in &self.part {
            let text = new.pointer(place).and_then(Value::as_str).unwrap_or_default();
            changed.insert((*other).to_owned(), Value::from(text));
        }
        changed.insert(self.facet.to_owned(), new);
        size(&mut changed);
        changed
    }
}

/// Where in a value a text stands, if it is nowhere else in it, as a JSON pointer.
fn place_of(text: &str, value: &Value) -> Option<String> {
    let mut places = Vec::new();
    collect(text, value, &mut String::new(), &mut places);
    (places.len() == 1 && !text.is_empty()).then(|| places.swap_remove(0))
}

fn collect(text: &str, value: &Value, at: &mut String, places: &mut Vec<String>) {
    let mut inside = |key: &str, value| {
        let above = at.len();
        at.push('/');
        at.push_str(&key.replace('~', "~0").replace('/', "~1"));
        collect(text, value, at, places);
        at.truncate(above);
    };
    match value {
        Value::String(found) if found == text => places.push(at.clone()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| inside(&index.to_string(), item))
        }
        Value::Object(fields) => fields.iter().for_each(|(key, field)| inside(key, field)),
        _ => {}
    }
}

/// The observation without a body.
#[must_use]
pub fn without_body(facets: &Map<String, Value>) -> Map<String, Value> {
    let mut changed = facets.clone();
    changed.shift_remove("json");
    for facet in ["text", "body"] {
        if let Some(value) = changed.get_mut(facet) {
            *value = Value::from("");
        }
    }
    size(&mut changed);
    changed
}

fn is_text_of(text: &str, value: &Value) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|parsed| parsed == *value)
}

fn size(changed: &mut Map<String, Value>) {
    let length = changed.get("body").and_then(Value::as_str).map(str::len);
    if let (Some(length), Some(size)) = (length, changed.get_mut("size")) {
        *size = Value::from(length);
    }
}

/// Other rows: a statement that wants exactly one has its value from it, or an error.
fn rows(mut changed: Map<String, Value>, old: &Value, new: Value) -> Map<String, Value> {
    let wants_one = changed.get("json").is_some_and(|json| json != old);
    let list = new.as_array().cloned().unwrap_or_default();
    match list.as_slice() {
        [row] if wants_one => {
            let only = row.as_object().filter(|fields| fields.len() == 1).and_then(|f| f.values().next());
            changed.insert("value".to_owned(), only.unwrap_or(row).clone());
            changed.insert("json".to_owned(), row.clone());
        }
        rows if wants_one => {
            changed.shift_remove("value");
            changed.shift_remove("json");
            let message = format!("{} rows, not exactly one", rows.len());
            changed.insert("error".to_owned(), json!({ "code": "rows", "message": message }));
        }
        _ => {
            for facet in ["json", "value"] {
                if changed.contains_key(facet) {
                    changed.insert(facet.to_owned(), new.clone());
                }
            }
        }
    }
    changed.insert("rows".to_owned(), new);
    changed
}
