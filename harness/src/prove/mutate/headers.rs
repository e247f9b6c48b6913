//! Changed headers.

use serde_json::{Map, Value, json};

use super::json::escaped;
use super::text::{changed, other_case};
use crate::prove::operator::Operator;

/// Every mutant of a header tree, with the pointer of the header.
pub fn each(tree: &Map<String, Value>, make: &mut dyn FnMut(Operator, String, Map<String, Value>)) {
    for (name, value) in tree {
        let pointer = format!("/{}", escaped(name));
        let mut put = |operator, value: Option<Value>| {
            let mut mutant = tree.clone();
            match value {
                Some(value) => drop(mutant.insert(name.clone(), value)),
                None => drop(mutant.shift_remove(name)),
            }
            make(operator, pointer.clone(), mutant);
        };
        put(Operator::HeaderDrop, None);
        match value {
            Value::String(text) => {
                put(Operator::HeaderTwice, Some(json!([text, text])));
                put(Operator::HeaderChange, Some(changed(text).into()));
                let other = other_case(text);
                if other != *text {
                    put(Operator::HeaderCase, Some(other.into()));
                }
            }
            Value::Array(values) => {
                let mut more = values.clone();
                more.extend(values.first().cloned());
                put(Operator::HeaderTwice, Some(Value::Array(more)));
            }
            _ => {}
        }
    }
}
