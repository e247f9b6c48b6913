//! Holding a matcher against a value.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::describe::describe;
use super::mismatch::shortened;
use super::{Field, FieldKey, Kind, Matcher, Mismatch, compare, compiled, diff, formats};
use crate::path::Selected;

/// Every demand that does not hold of the value.
pub fn judge(matcher: &Matcher, value: &Value) -> Vec<Mismatch> {
    judge_maybe(matcher, Some(value), "$")
}

/// Every demand that does not hold when there is no value at all.
pub fn judge_absent(matcher: &Matcher) -> Vec<Mismatch> {
    judge_maybe(matcher, None, "$")
}

/// As [`judge`], for a value that may be missing and stands at a path.
pub(crate) fn judge_maybe(matcher: &Matcher, value: Option<&Value>, path: &str) -> Vec<Mismatch> {
    let mut judge = Judge { path: path.to_owned(), exact: false, mismatches: Vec::new() };
    judge.visit(matcher, value);
    judge.mismatches
}

struct Judge {
    path: String,
    exact: bool,
    mismatches: Vec<Mismatch>,
}

impl Judge {
    fn visit(&mut self, matcher: &Matcher, value: Option<&Value>) {
        match &matcher.kind {
            Kind::Together(all) | Kind::AllOf(all) => all.iter().for_each(|inner| self.visit(inner, value)),
            Kind::Exact(inner) => self.exactly(inner, value),
            Kind::Fields(fields) => self.fields(matcher, fields, value),
            Kind::Items(items) => self.items(matcher, items, value),
            Kind::Each(inner) => self.each(matcher, inner, value),
            Kind::Contains(parts) => self.contains(matcher, parts, value),
            Kind::Length(inner) => self.length(matcher, inner, value),
            Kind::Equals(wanted) => self.equals(matcher, wanted, value),
            Kind::JsonSchema(schema) => self.schema(matcher, schema, value),
            kind => match holds(kind, value, self.exact) {
                Ok(true) => {}
                Ok(false) => self.push(matcher, describe(kind), value),
                Err(reason) => self.push(matcher, format!("{} ({reason})", describe(kind)), value),
            },
        }
    }

    fn push(&mut self, matcher: &Matcher, expected: impl Into<String>, value: Option<&Value>) {
        self.mismatches.push(Mismatch {
            path: self.path.clone(),
            expected: expected.into(),
            actual: value.cloned(),
            span: matcher.span,
            diff: None,
        });
    }

    /// Visits a part of the value under a longer path.
    fn at(&mut self, part: &str, matcher: &Matcher, value: Option<&Value>) {
        let length = self.path.len();
        self.path.push_str(part);
        self.visit(matcher, value);
        self.path.truncate(length);
    }

    fn exactly(&mut self, inner: &Matcher, value: Option<&Value>) {
        let before = std::mem::replace(&mut self.exact, true);
        self.visit(inner, value);
        self.exact = before;
    }

    fn equals(&mut self, matcher: &Matcher, wanted: &Value, value: Option<&Value>) {
        if value.is_some_and(|value| compare::equal(value, wanted)) {
            return;
        }
        self.push(matcher, format!("equals {}", shortened(wanted)), value);
        let tree = |value: &Value| value.is_object() || value.is_array();
        if let (Some(value), Some(mismatch)) = (value, self.mismatches.last_mut())
            && (tree(value) || tree(wanted) || long_text(value, wanted))
        {
            mismatch.diff = match (wanted, value) {
                (Value::String(wanted), Value::String(found)) => diff::diff_text(wanted, found),
                _ => diff::diff_values(wanted, value),
            };
        }
    }

    fn fields(&mut self, matcher: &Matcher, fields: &[Field], value: Option<&Value>) {
        let names_wanted = fields.iter().any(|field| matches!(field.key, FieldKey::Name(_)));
        let object = value.and_then(Value::as_object);
        if object.is_none() && (names_wanted || fields.is_empty()) {
            self.push(matcher, "an object", value);
            return;
        }
        for field in fields {
            match &field.key {
                FieldKey::Name(name) => {
                    let name = crate::template::as_text(name);
                    let found = object.and_then(|object| object.get(&name));
                    self.at(&step(&name), &field.value, found);
                }
                FieldKey::Path(path) => self.path_field(field, &crate::template::as_text(path), value),
            }
        }
        if let (true, Some(object)) = (self.exact, object) {
            self.no_others(matcher, fields, object);
        }
    }

    fn path_field(&mut self, field: &Field, path: &str, value: Option<&Value>) {
        let parsed = match compiled::path(path) {
            Ok(parsed) => parsed,
            Err(message) => return self.push(&field.value, message, value),
        };
        let part = path.strip_prefix('$').unwrap_or(path);
        // What lies below a path is not the object that `exact` closes.
        match value.map(|value| parsed.select(value)) {
            None => self.at(part, &field.value, None),
            Some(Selected::One(found)) => self.at(part, &field.value, found),
            Some(Selected::Many(found)) => {
                let list = Value::Array(found.into_iter().cloned().collect());
                self.at(part, &field.value, Some(&list));
            }
        }
    }

    fn no_others(&mut self, matcher: &Matcher, fields: &[Field], object: &Map<String, Value>) {
        let named: Vec<String> = fields
            .iter()
            .filter_map(|field| match &field.key {
                FieldKey::Name(name) => Some(crate::template::as_text(name)),
                FieldKey::Path(path) => first_name(&crate::template::as_text(path)),
            })
            .collect();
        for (key, value) in object.iter().filter(|(key, _)| !named.contains(key)) {
            let length = self.path.len();
            self.path.push_str(&step(key));
            self.push(matcher, "no such field (exact)", Some(value));
            self.path.truncate(length);
        }
    }

    fn items(&mut self, matcher: &Matcher, items: &[Matcher], value: Option<&Value>) {
        let Some(list) = value.and_then(Value::as_array) else {
            return self.push(matcher, format!("a list of {} items", items.len()), value);
        };
        if list.len() != items.len() {
            self.push(matcher, format!("a list of {} items, not {}", items.len(), list.len()), value);
        }
        for (at, (item, found)) in items.iter().zip(list).enumerate() {
            self.at(&format!("[{at}]"), item, Some(found));
        }
    }

    fn each(&mut self, matcher: &Matcher, inner: &Matcher, value: Option<&Value>) {
        let Some(parts) = value.and_then(parts) else {
            return self.push(matcher, "each: a list or an object", value);
        };
        for (part, found) in parts {
            self.at(&part, inner, Some(found));
        }
    }

    fn contains(&mut self, matcher: &Matcher, wanted: &[Matcher], value: Option<&Value>) {
        for part in wanted {
            let held = match value {
                Some(Value::String(text)) => literal_text(part).map(|wanted| text.contains(&wanted)),
                Some(Value::Array(items)) => Some(items.iter().any(|item| self.would_hold(part, Some(item)))),
                _ => None,
            };
            match held {
                Some(true) => {}
                Some(false) => self.push(part, format!("contains {}", describe(&part.kind)), value),
                None => self.push(
                    matcher,
                    format!("a text or list that contains {}", describe(&part.kind)),
                    value,
                ),
            }
        }
    }

    fn would_hold(&self, matcher: &Matcher, value: Option<&Value>) -> bool {
        holds_all(matcher, value, self.exact)
    }

    fn length(&mut self, matcher: &Matcher, inner: &Matcher, value: Option<&Value>) {
        match value.and_then(length_of) {
            Some(length) => self.at(".length()", inner, Some(&Value::from(length))),
            None => self.push(matcher, "something that has a length", value),
        }
    }

    fn schema(&mut self, matcher: &Matcher, schema: &Value, value: Option<&Value>) {
        let validator = match jsonschema::validator_for(schema) {
            Ok(validator) => validator,
            Err(error) => return self.push(matcher, format!("a valid JSON schema: {error}"), value),
        };
        let Some(found) = value else {
            return self.push(matcher, "a value that fits a JSON schema", None);
        };
        for error in validator.iter_errors(found) {
            let length = self.path.len();
            self.path.push_str(&error.instance_path().to_string().replace('/', "."));
            self.push(matcher, format!("json_schema: {error}"), None);
            self.path.truncate(length);
        }
    }
}

/// Whether a whole matcher holds.
fn holds_all(matcher: &Matcher, value: Option<&Value>, exact: bool) -> bool {
    let mut judge = Judge { path: String::new(), exact, mismatches: Vec::new() };
    judge.visit(matcher, value);
    judge.mismatches.is_empty()
}

/// The demands that either hold or do not, without parts of their own.
fn holds(kind: &Kind, value: Option<&Value>, exact: bool) -> Result<bool, String> {
    let text = value.and_then(Value::as_str);
    Ok(match kind {
        Kind::Absent => value.is_none(),
        Kind::Present => value.is_some(),
        Kind::Empty => value.and_then(length_of) == Some(0),
        Kind::Type(name) => value.is_some_and(|value| name.fits(value)),
        Kind::Uuid => value.is_some_and(formats::is_uuid),
        Kind::Rfc3339 => value.is_some_and(formats::is_instant),
        Kind::Base64 => value.is_some_and(formats::is_base64),
        Kind::Matches(pattern) => {
            let regex = compiled::regex(&crate::template::as_text(pattern))?;
            value.and_then(scalar_text).is_some_and(|text| regex.is_match(&text))
        }
        Kind::StartsWith(start) => {
            text.is_some_and(|text| text.starts_with(&crate::template::as_text(start)))
        }
        Kind::EndsWith(end) => text.is_some_and(|text| text.ends_with(&crate::template::as_text(end))),
        Kind::AtLeast(bound) => ordered(value, bound)?.is_ge(),
        Kind::AtMost(bound) => ordered(value, bound)?.is_le(),
        Kind::MoreThan(bound) => ordered(value, bound)?.is_gt(),
        Kind::LessThan(bound) => ordered(value, bound)?.is_lt(),
        Kind::Between(low, high) => ordered(value, low)?.is_ge() && ordered(value, high)?.is_le(),
        Kind::OneOf(wanted) => {
            value.is_some_and(|value| wanted.iter().any(|wanted| compare::equal(value, wanted)))
        }
        Kind::Any(inner) => {
            let mut parts = value.and_then(parts).ok_or("a list or an object is wanted")?;
            parts.any(|(_, part)| holds_all(inner, Some(part), exact))
        }
        Kind::Unordered(wanted) => {
            value.and_then(Value::as_array).is_some_and(|list| pair_up(wanted, list, exact))
        }
        Kind::AnyOf(any) => any.iter().any(|inner| holds_all(inner, value, exact)),
        Kind::Not(inner) => !holds_all(inner, value, exact),
        // The rest has parts of its own and is visited, not asked.
        _ => false,
    })
}

fn ordered(value: Option<&Value>, bound: &Value) -> Result<Ordering, String> {
    value
        .and_then(|value| compare::order(value, bound))
        .ok_or_else(|| "numbers, instants and lengths of time can be compared".to_owned())
}

/// Whether every demand finds an item of its own (augmenting paths, so that order never matters).
fn pair_up(wanted: &[Matcher], list: &[Value], exact: bool) -> bool {
    if wanted.len() != list.len() {
        return false;
    }
    let fits: Vec<Vec<usize>> = wanted
        .iter()
        .map(|matcher| (0..list.len()).filter(|at| holds_all(matcher, list.get(*at), exact)).collect())
        .collect();
    let mut owner = vec![None; list.len()];
    (0..wanted.len()).all(|demand| claim(demand, &fits, &mut owner, &mut vec![false; list.len()]))
}

fn claim(demand: usize, fits: &[Vec<usize>], owner: &mut [Option<usize>], tried: &mut [bool]) -> bool {
    for &item in &fits[demand] {
        if std::mem::replace(&mut tried[item], true) {
            continue;
        }
        let free = owner[item].is_none_or(|other| claim(other, fits, owner, tried));
        if free {
            owner[item] = Some(demand);
            return true;
        }
    }
    false
}

/// The items of a list or the values of an object, each with its step.
fn parts(value: &Value) -> Option<Box<dyn Iterator<Item = (String, &Value)> + '_>> {
    match value {
        Value::Array(items) => {
            Some(Box::new(items.iter().enumerate().map(|(at, item)| (format!("[{at}]"), item))))
        }
        Value::Object(map) => Some(Box::new(map.iter().map(|(key, value)| (step(key), value)))),
        _ => None,
    }
}

fn length_of(value: &Value) -> Option<usize> {
    match value {
        Value::String(text) => Some(text.chars().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(map) => Some(map.len()),
        _ => None,
    }
}

/// A text, number or boolean as the text that a regular expression sees.
fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(_) | Value::Number(_) | Value::Bool(_) => Some(crate::template::as_text(value)),
        _ => None,
    }
}

/// The text that `contains` looks for in a text.
fn literal_text(matcher: &Matcher) -> Option<String> {
    match &matcher.kind {
        Kind::Equals(literal) => scalar_text(literal),
        _ => None,
    }
}

fn long_text(left: &Value, right: &Value) -> bool {
    [left, right]
        .iter()
        .all(|value| value.as_str().is_some_and(|text| text.len() > 60 || text.contains('\n')))
}

/// A field as a step of a normalized path.
fn step(name: &str) -> String {
    let plain = |char: char| char.is_alphanumeric() || matches!(char, '_' | '-');
    if !name.is_empty() && name.chars().all(plain) {
        return format!(".{name}");
    }
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// The first field that a path goes through, so that `exact` knows it was asked for.
fn first_name(path: &str) -> Option<String> {
    let rest = path.strip_prefix("$.").or_else(|| path.strip_prefix("$['"))?;
    let end = rest.find(['.', '[', '\'']).unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}
