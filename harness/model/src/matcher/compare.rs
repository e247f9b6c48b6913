//! Equality and order of values.

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::{Number, Value};

use crate::units::Time;

/// Deep equality; numbers by value, objects whatever their order.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => number_order(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| equal(left, right)))
        }
        _ => left == right,
    }
}

/// The order of a found value and a bound: numbers, instants, or milliseconds and a length of time.
pub(super) fn order(found: &Value, bound: &Value) -> Option<Ordering> {
    match (found, bound) {
        (Value::Number(found), Value::Number(bound)) => number_order(found, bound),
        (Value::Number(found), Value::String(bound)) => {
            number_order(found, &Number::from(Time::parse(bound)?.as_millis()))
        }
        (Value::String(found), Value::String(bound)) => {
            let instant = |text: &str| DateTime::parse_from_rfc3339(text).ok();
            Some(instant(found)?.cmp(&instant(bound)?))
        }
        _ => None,
    }
}

fn number_order(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
