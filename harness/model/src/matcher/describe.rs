//! Demands in words, for messages.

use std::fmt::Write;

use super::mismatch::shortened;
use super::{Field, FieldKey, Kind, Matcher, TypeName};

/// A demand in words.
pub(super) fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Equals(wanted) => shortened(wanted),
        Kind::Absent => "absent".to_owned(),
        Kind::Present => "present".to_owned(),
        Kind::Empty => "empty".to_owned(),
        Kind::Uuid => "a UUID".to_owned(),
        Kind::Rfc3339 => "an RFC 3339 instant".to_owned(),
        Kind::Base64 => "base64".to_owned(),
        Kind::Type(name) => format!("type {}", TypeName::word(*name)),
        Kind::AtLeast(bound) => format!("at least {bound}"),
        Kind::AtMost(bound) => format!("at most {bound}"),
        Kind::MoreThan(bound) => format!("more than {bound}"),
        Kind::LessThan(bound) => format!("less than {bound}"),
        Kind::Between(low, high) => format!("between {low} and {high}"),
        Kind::Matches(pattern) => format!("matches {pattern}"),
        Kind::StartsWith(start) => format!("starts with {start}"),
        Kind::EndsWith(end) => format!("ends with {end}"),
        Kind::OneOf(wanted) => {
            let wanted: Vec<_> = wanted.iter().map(shortened).collect();
            format!("one of {}", wanted.join(", "))
        }
        Kind::Not(inner) => format!("not {}", describe(&inner.kind)),
        Kind::Any(inner) => format!("any item {}", describe(&inner.kind)),
        Kind::AnyOf(any) => describe_all("any of", any),
        Kind::Unordered(items) => describe_all("in any order", items),
        Kind::Contains(parts) => describe_all("contains", parts),
        Kind::Fields(fields) => describe_fields(fields),
        Kind::AllOf(all) | Kind::Together(all) => describe_all("all of", all),
        Kind::Items(items) => describe_all("the list", items),
        Kind::Exact(inner) => format!("exactly {}", describe(&inner.kind)),
        Kind::Length(inner) => format!("length {}", describe(&inner.kind)),
        Kind::Each(inner) => format!("each item {}", describe(&inner.kind)),
        Kind::JsonSchema(_) => "valid under the schema".to_owned(),
    }
}

fn describe_all(word: &str, all: &[Matcher]) -> String {
    let all: Vec<_> = all.iter().map(|inner| describe(&inner.kind)).collect();
    format!("{word} ({})", all.join("; "))
}

fn describe_fields(fields: &[Field]) -> String {
    let mut out = String::from("{ ");
    for field in fields {
        let (FieldKey::Name(key) | FieldKey::Path(key)) = &field.key;
        // Writing into a String cannot fail.
        let _ = write!(out, "{}: {} ", crate::template::as_text(key), describe(&field.value.kind));
    }
    out.push('}');
    out
}
