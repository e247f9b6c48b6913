//! One case per corpus entry.
//!
//! An entry is data: a message and what must become of it, in keys that start with `_`. How a class of entries
//! is judged is a replay, `corpus/<protocol>/judge/<class>.yaml`, with holes that are filled from the entry:
//! `{ $entry: expect_status }` becomes the value of `_expect_status`. So neither the harness nor the judge
//! knows any entry, and adding one means adding a file.
//!
//! | Hole | Becomes |
//! |---|---|
//! | `{ $entry: name }` | the entry's name |
//! | `{ $entry: body }` | the message: all keys without `_` |
//! | `{ $entry: bytes }` | a malformed body, as base64: from `text`, `base64`, or `repeat` |
//! | `{ $entry: KEY, else: VALUE }` | the value of `_KEY`, or VALUE |
//! | `{ $entry: KEY, as: expectation }` | a matcher for it: `"unchanged"` is the body, `<uuid>` any UUID |
//! | `{ $entry: KEY, as: headers }` | a matcher for received headers, whose names are in lower case |

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use harness_model::verdict::CaseId;
use harness_model::yaml::{Entry, Node, Span, Tree};
use serde_json::{Map, Value, json};

use super::{Case, Project, Subject, files, folders, stem, unreadable};

const ANY_UUID: &str = "<uuid>";

pub(super) fn find(project: &Project) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for protocol in folders(&project.corpus())? {
        let judges = protocol.join("judge");
        for class in folders(&protocol)?.into_iter().filter(|folder| *folder != judges) {
            for file in files(&class, "json")? {
                let read = read(&file).map(|entry| (stem(&file), entry));
                cases.push(case(&protocol, &stem(&class), &judges, &file, read));
            }
        }
        for file in files(&protocol, "json")? {
            cases.extend(listed(&protocol, &judges, &file));
        }
    }
    Ok(cases)
}

/// A class whose entries cannot be files of their own: a list of entries with names.
fn listed(protocol: &Path, judges: &Path, file: &Path) -> Vec<Case> {
    let class = stem(file);
    let entries = match read(file) {
        Ok(Value::Array(entries)) => entries,
        Ok(_) => return vec![case(protocol, &class, judges, file, Err("expected a list of entries".into()))],
        Err(error) => return vec![case(protocol, &class, judges, file, Err(error))],
    };
    let named = |(position, entry): (usize, Value)| match entry.get("name").and_then(Value::as_str) {
        Some(name) => case(protocol, &class, judges, file, Ok((name.to_owned(), entry))),
        None => case(protocol, &class, judges, file, Err(format!("entry {position} has no name"))),
    };
    entries.into_iter().enumerate().map(named).collect()
}

fn case(
    protocol: &Path,
    class: &str,
    judges: &Path,
    file: &Path,
    entry: Result<(String, Value), String>,
) -> Case {
    let base = format!("corpus::{}::{class}", stem(protocol));
    match entry {
        Ok((name, entry)) => Case {
            id: CaseId(format!("{base}::{name}")),
            tags: vec!["corpus".into()],
            file: file.to_owned(),
            subject: Subject::Corpus { judge: judge(judges, class), name, entry },
        },
        Err(finding) => {
            let findings = format!("{}: {finding}", file.display());
            unreadable(CaseId(format!("{base}::{}", stem(file))), file, findings)
        }
    }
}

fn judge(judges: &Path, class: &str) -> PathBuf {
    judges.join(format!("{class}.yaml"))
}

fn read(file: &Path) -> Result<Value, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

/// The judge's tree with every hole filled from the entry.
///
/// # Errors
/// One line for every hole that the entry cannot fill, with its place.
pub fn filled_judge(judge: &Node, name: &str, entry: &Value) -> Result<Node, Vec<(Span, String)>> {
    let mut filler = Filler { name, entry, errors: Vec::new() };
    let node = filler.node(judge);
    if filler.errors.is_empty() { Ok(node) } else { Err(filler.errors) }
}

struct Filler<'a> {
    name: &'a str,
    entry: &'a Value,
    errors: Vec<(Span, String)>,
}

impl Filler<'_> {
    fn node(&mut self, node: &Node) -> Node {
        let tree = match &node.tree {
            Tree::Map(entries) => match node.get("$entry") {
                Some(hole) => return self.hole(node, hole),
                None => Tree::Map(entries.iter().map(|entry| self.under_key(entry)).collect()),
            },
            Tree::List(items) => Tree::List(items.iter().map(|item| self.node(item)).collect()),
            leaf => leaf.clone(),
        };
        Node { tree, span: node.span }
    }

    fn under_key(&mut self, entry: &Entry) -> Entry {
        Entry { key: entry.key.clone(), value: self.node(&entry.value) }
    }

    fn hole(&mut self, node: &Node, hole: &Node) -> Node {
        let key = hole.as_text().unwrap_or_default();
        let shape = node.get("as").and_then(Node::as_text);
        match (self.value(key), node.get("else")) {
            (Ok(value), _) => match shape {
                Some("expectation") => expectation(&self.meant(value), node.span),
                Some("headers") => Node::from_json(&headers(&value), node.span),
                _ => Node::from_json(&escaped(value), node.span),
            },
            (Err(_), Some(other)) => other.clone(),
            (Err(error), None) => {
                self.errors.push((node.span, error));
                node.clone()
            }
        }
    }

    fn value(&self, key: &str) -> Result<Value, String> {
        match key {
            "name" => Ok(json!(self.name)),
            "body" => Ok(self.body()),
            "bytes" => malformed(self.entry).map(|bytes| json!(BASE64_STANDARD.encode(bytes))),
            key => {
                let value = self.entry.get(format!("_{key}")).cloned();
                value.ok_or_else(|| format!("the entry `{}` has no `_{key}`", self.name))
            }
        }
    }

    fn body(&self) -> Value {
        let all = self.entry.as_object().cloned().unwrap_or_default();
        Value::Object(all.into_iter().filter(|(key, _)| !key.starts_with('_')).collect())
    }

    fn meant(&self, value: Value) -> Value {
        if value == "unchanged" { self.body() } else { value }
    }
}

/// The bytes of a body that is not one JSON object.
fn malformed(entry: &Value) -> Result<Vec<u8>, String> {
    let text = |value: &Value| value.get("text").and_then(Value::as_str).map(str::to_owned);
    if let Some(text) = text(entry) {
        return Ok(text.into_bytes());
    }
    if let Some(encoded) = entry.get("base64").and_then(Value::as_str) {
        return BASE64_STANDARD.decode(encoded).map_err(|error| format!("`base64`: {error}"));
    }
    let repeat = entry.get("repeat").ok_or("neither `text`, `base64` nor `repeat`")?;
    let times = repeat.get("times").and_then(Value::as_u64).and_then(|times| usize::try_from(times).ok());
    match (text(repeat), times) {
        (Some(text), Some(times)) => Ok(text.repeat(times).into_bytes()),
        _ => Err("`repeat` needs `text` and `times`".into()),
    }
}

/// Texts of an entry are data: nothing in them is a template.
fn escaped(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace("${", "$${")),
        Value::Array(items) => Value::Array(items.into_iter().map(escaped).collect()),
        Value::Object(map) => {
            Value::Object(map.into_iter().map(|(key, value)| (key, escaped(value))).collect())
        }
        other => other,
    }
}

/// A matcher that only this very value satisfies, with any UUID where it says so.
fn expectation(value: &Value, span: Span) -> Node {
    let matcher = if has_any(value) { json!({ "exact": matcher(value) }) } else { matcher(value) };
    Node::from_json(&matcher, span)
}

/// Literals stand behind `equals` and names behind `fields`: a key such as `type` is also a matcher's word.
fn matcher(value: &Value) -> Value {
    match value {
        Value::String(text) if text == ANY_UUID => json!({ "uuid": true }),
        Value::Object(map) if has_any(value) => {
            let fields: Map<_, _> = map.iter().map(|(key, value)| (key.clone(), matcher(value))).collect();
            json!({ "fields": fields })
        }
        Value::Array(items) if has_any(value) => Value::Array(items.iter().map(matcher).collect()),
        other => json!({ "equals": escaped(other.clone()) }),
    }
}

/// Received headers hold these, among others.
fn headers(value: &Value) -> Value {
    let all = value.as_object().cloned().unwrap_or_default();
    let fields: Map<_, _> = all
        .into_iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), json!({ "equals": escaped(value) })))
        .collect();
    json!({ "fields": fields })
}

fn has_any(value: &Value) -> bool {
    match value {
        Value::String(text) => text == ANY_UUID,
        Value::Array(items) => items.iter().any(has_any),
        Value::Object(map) => map.values().any(has_any),
        _ => false,
    }
}
