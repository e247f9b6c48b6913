//! Changed JSON values and rows.

use serde_json::{Map, Number, Value, json};

use super::text;
use crate::prove::operator::Operator;

/// A field that no server sends.
const ADDED: &str = "x_added";
/// Values that are changed in one observation; a body of thousands of fields says no more than its first ones.
const PLACES_MAX: usize = 300;

/// Takes a mutant: what was changed, where, and the whole value.
pub type Make<'m> = dyn FnMut(Operator, String, Value) + 'm;

/// Every mutant of a value.
pub fn each(value: &Value, make: &mut Make<'_>) {
    let mut places = Vec::new();
    walk(value, String::new(), &mut places);
    for (pointer, here) in places {
        let put = &mut |operator, changed: Value| {
            let mut mutant = value.clone();
            if let Some(place) = mutant.pointer_mut(&pointer) {
                *place = changed;
            }
            make(operator, pointer.clone(), mutant);
        };
        if !here.is_null() {
            put(Operator::Null, Value::Null);
            put(Operator::Retype, retyped(here));
        }
        match here {
            Value::Null => {}
            Value::Bool(value) => put(Operator::Negate, Value::from(!value)),
            Value::Number(number) => {
                put(Operator::NumberPlusOne, moved(number, 1));
                put(Operator::NumberMinusOne, moved(number, -1));
            }
            Value::String(text) => string(text, put),
            Value::Array(items) => list(items, put),
            Value::Object(fields) => object(fields, put),
        }
        if let Value::Object(fields) = here {
            each_key(value, &pointer, fields, make);
        }
    }
}

/// Every mutant of the rows of a statement.
pub fn each_row(rows: &[Value], make: &mut Make<'_>) {
    let mut put = |operator, rows: Vec<Value>| make(operator, String::new(), Value::Array(rows));
    if let [first, .., last] | [first @ last] = rows {
        put(Operator::RowDrop, rows[..rows.len() - 1].to_vec());
        put(Operator::RowTwice, [rows, std::slice::from_ref(last)].concat());
        let nothing = first.as_object().map(|row| row.keys().map(|key| (key.clone(), Value::Null)).collect());
        put(Operator::RowAdd, [rows, &[Value::Object(nothing.unwrap_or_default())]].concat());
    } else {
        put(Operator::RowAdd, vec![json!({ ADDED: 1 })]);
    }
    let reversed: Vec<_> = rows.iter().rev().cloned().collect();
    if reversed != rows {
        put(Operator::RowsReorder, reversed);
    }
    for (at, row) in rows.iter().enumerate().filter(|(at, _)| is_looked_at(*at, rows.len())) {
        each(row, &mut |operator, pointer, row| {
            // A statement names its columns: none comes unasked, none is missing.
            let column = pointer.rfind('/') == Some(0);
            let names = matches!(operator, Operator::KeyDrop | Operator::KeyRename);
            let fixed = pointer.is_empty() || (column && names);
            if !fixed {
                let mut rows = rows.to_vec();
                rows[at] = row;
                make(operator, format!("/{at}{pointer}"), Value::Array(rows));
            }
        });
    }
}

/// A key as a token of a JSON pointer.
#[must_use]
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn walk<'v>(value: &'v Value, pointer: String, places: &mut Vec<(String, &'v Value)>) {
    if places.len() >= PLACES_MAX {
        return;
    }
    places.push((pointer.clone(), value));
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate().filter(|(at, _)| is_looked_at(*at, items.len())) {
                walk(item, format!("{pointer}/{at}"), places);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                walk(field, format!("{pointer}/{}", escaped(key)), places);
            }
        }
        _ => {}
    }
}

/// The first and the last item of a list stand for all.
fn is_looked_at(at: usize, length: usize) -> bool {
    at == 0 || at + 1 == length
}

fn string(text: &str, put: &mut dyn FnMut(Operator, Value)) {
    if text.is_empty() {
        return;
    }
    put(Operator::StringEmpty, Value::from(""));
    if text.chars().nth(1).is_some() {
        put(Operator::StringTruncate, text::cut(text).into());
    }
    put(Operator::StringChange, text::changed(text).into());
}

fn list(items: &[Value], put: &mut dyn FnMut(Operator, Value)) {
    let Some(first) = items.first() else { return };
    put(Operator::ListEmpty, json!([]));
    put(Operator::ItemTwice, [std::slice::from_ref(first), items].concat().into());
    if items.len() > 1 {
        put(Operator::ItemDrop, items[..items.len() - 1].to_vec().into());
    }
    let reversed: Vec<_> = items.iter().rev().cloned().collect();
    if reversed != items {
        put(Operator::Reorder, reversed.into());
    }
}

fn object(fields: &Map<String, Value>, put: &mut dyn FnMut(Operator, Value)) {
    let mut more = fields.clone();
    more.insert(ADDED.to_owned(), Value::from(1));
    if more != *fields {
        put(Operator::KeyAdd, Value::Object(more));
    }
    if !fields.is_empty() {
        put(Operator::ObjectEmpty, json!({}));
    }
    let entries: Vec<_> = fields.iter().collect();
    let pair = entries.windows(2).find(|pair| pair[0].1 != pair[1].1);
    if let Some([(left, left_value), (right, right_value)]) = pair {
        let mut swapped = fields.clone();
        swapped.insert((*left).clone(), (*right_value).clone());
        swapped.insert((*right).clone(), (*left_value).clone());
        put(Operator::Swap, Value::Object(swapped));
    }
}

/// Keys that are missing or called otherwise; the place is the key's.
fn each_key(value: &Value, parent: &str, fields: &Map<String, Value>, make: &mut Make<'_>) {
    for key in fields.keys() {
        let mut dropped = fields.clone();
        let moved = dropped.shift_remove(key).unwrap_or_default();
        let mut renamed = dropped.clone();
        renamed.insert(format!("{key}_"), moved);
        for (operator, fields) in [(Operator::KeyDrop, dropped), (Operator::KeyRename, renamed)] {
            let mut mutant = value.clone();
            if let Some(place) = mutant.pointer_mut(parent) {
                *place = Value::Object(fields);
            }
            make(operator, format!("{parent}/{}", escaped(key)), mutant);
        }
    }
}

fn retyped(value: &Value) -> Value {
    match value {
        Value::Null => Value::from(""),
        Value::Bool(_) | Value::Number(_) => Value::from(value.to_string()),
        Value::String(_) => json!([value]),
        Value::Array(items) => {
            items.iter().enumerate().map(|(at, item)| (at.to_string(), item.clone())).collect()
        }
        Value::Object(fields) => fields.values().cloned().collect(),
    }
}

fn moved(number: &Number, by: i64) -> Value {
    match number.as_i64().and_then(|whole| whole.checked_add(by)) {
        Some(whole) => Value::from(whole),
        None => match number.as_u64() {
            Some(whole) => Value::from(whole.saturating_add_signed(by).min(u64::MAX - 1)),
            None => json!(number.as_f64().unwrap_or_default() + if by > 0 { 0.5 } else { -0.5 }),
        },
    }
}
