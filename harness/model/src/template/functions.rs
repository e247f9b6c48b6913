//! The functions of expressions: pure, few, and named after what they give.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, TimeDelta};
use serde_json::{Number, Value};

use super::{Generator, as_text};
use crate::units::Time;

/// Names that make new values; they cannot be variables.
pub const GENERATORS: &[&str] = Generator::WORDS;

/// Names that can be called. `world` takes a dotted path that is only known at run time.
pub const FUNCTIONS: &[&str] = &[
    "upper",
    "lower",
    "length",
    "json",
    "text",
    "number",
    "base64",
    "url",
    "repeat",
    "join",
    "sort",
    "first",
    "last",
    "reverse",
    "replace",
    "at_offset",
    "world",
];

/// `name(args)`.
pub(super) fn call(name: &str, args: &[Value]) -> Result<Value, String> {
    match (name, args) {
        ("upper", [value]) => Ok(as_text(value).to_uppercase().into()),
        ("lower", [value]) => Ok(as_text(value).to_lowercase().into()),
        ("json", [value]) => Ok(value.to_string().into()),
        ("text", [value]) => Ok(as_text(value).into()),
        ("number", [Value::Number(number)]) => Ok(number.clone().into()),
        ("number", [Value::String(text)]) => number(text),
        ("base64", [value]) => Ok(STANDARD.encode(as_text(value)).into()),
        ("url", [value]) => Ok(percent_encode(&as_text(value)).into()),
        ("length", [Value::Array(items)]) => Ok(items.len().into()),
        ("length", [Value::String(text)]) => Ok(text.chars().count().into()),
        ("length", [Value::Object(map)]) => Ok(map.len().into()),
        ("repeat", [value, Value::Number(times)]) => repeat(&as_text(value), times),
        ("join", [Value::Array(items), separator]) => {
            let items: Vec<_> = items.iter().map(as_text).collect();
            Ok(items.join(&as_text(separator)).into())
        }
        ("sort", [Value::Array(items)]) => {
            let mut items = items.clone();
            items.sort_by_key(as_text);
            Ok(items.into())
        }
        ("reverse", [Value::Array(items)]) => Ok(items.iter().rev().cloned().collect()),
        ("first", [Value::Array(items)]) => {
            items.first().cloned().ok_or_else(|| "the list is empty".to_owned())
        }
        ("last", [Value::Array(items)]) => {
            items.last().cloned().ok_or_else(|| "the list is empty".to_owned())
        }
        ("replace", [value, from, to]) => Ok(as_text(value).replace(&as_text(from), &as_text(to)).into()),
        ("at_offset", [Value::String(instant), Value::String(offset)]) => at_offset(instant, offset),
        (name, args) if FUNCTIONS.contains(&name) => {
            Err(format!("`{name}` cannot take these {} arguments", args.len()))
        }
        (name, _) => Err(format!("there is no function `{name}`")),
    }
}

/// What a header or a column says in digits.
fn number(text: &str) -> Result<Value, String> {
    text.trim().parse::<Number>().map(Value::Number).map_err(|_| format!("`{text}` is no number"))
}

/// Most bytes that `repeat` may make.
const REPEAT_BYTES_MAX: usize = 16 << 20;

fn repeat(text: &str, times: &Number) -> Result<Value, String> {
    let times = times.as_u64().and_then(|times| usize::try_from(times).ok());
    let size = times.and_then(|times| times.checked_mul(text.len()));
    match (times, size) {
        (Some(times), Some(size)) if size <= REPEAT_BYTES_MAX => Ok(text.repeat(times).into()),
        _ => Err("`repeat` would be too long".to_owned()),
    }
}

/// The same instant, written with another offset such as `+02:00`.
fn at_offset(instant: &str, offset: &str) -> Result<Value, String> {
    let instant =
        DateTime::parse_from_rfc3339(instant).map_err(|_| format!("`{instant}` is no RFC 3339 instant"))?;
    let offset = offset.parse::<chrono::FixedOffset>().map_err(|_| format!("`{offset}` is no offset"))?;
    Ok(instant.with_timezone(&offset).to_rfc3339_opts(SecondsFormat::Micros, false).into())
}

fn percent_encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// The position that an index means; negative ones count from the end.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let at = if index < 0 { length.checked_add(index)? } else { index };
    usize::try_from(at).ok().filter(|at| i64::try_from(*at).is_ok_and(|at| at < length))
}

/// `left + right` or `left - right`: numbers, instants and lengths of time, texts joined by `+`.
pub(super) fn sum(left: &Value, minus: bool, right: &Value) -> Result<Value, String> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers(left, minus, right),
        (Value::String(left), Value::String(right)) => texts(left, minus, right),
        (Value::Array(left), Value::Array(right)) if !minus => {
            Ok(left.iter().chain(right).cloned().collect())
        }
        _ => Err("only numbers, instants and texts can be added".to_owned()),
    }
}

fn numbers(left: &Number, minus: bool, right: &Number) -> Result<Value, String> {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        let sum = if minus { left.checked_sub(right) } else { left.checked_add(right) };
        return sum.map(Value::from).ok_or_else(|| "the sum does not fit".to_owned());
    }
    let (left, right) = (left.as_f64().unwrap_or(f64::NAN), right.as_f64().unwrap_or(f64::NAN));
    let sum = if minus { left - right } else { left + right };
    Number::from_f64(sum).map(Value::Number).ok_or_else(|| "the sum does not fit".to_owned())
}

fn texts(left: &str, minus: bool, right: &str) -> Result<Value, String> {
    if let (Ok(instant), Some(time)) = (DateTime::parse_from_rfc3339(left), Time::parse(right)) {
        let delta = TimeDelta::from_std(time.get()).map_err(|_| "the time is too long".to_owned())?;
        let moved = if minus { instant.checked_sub_signed(delta) } else { instant.checked_add_signed(delta) };
        let moved = moved.ok_or_else(|| "the instant is out of range".to_owned())?;
        return Ok(moved.to_rfc3339_opts(SecondsFormat::Micros, true).into());
    }
    if minus {
        return Err(format!("`{left}` - `{right}`: expected an instant and a length of time"));
    }
    Ok(format!("{left}{right}").into())
}
