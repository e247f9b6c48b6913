//! Formats of texts: UUID, instant, base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::DateTime;
use serde_json::Value;

/// A UUID in its hyphenated form, in either case.
pub(super) fn is_uuid(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
}

/// An RFC 3339 instant.
pub(super) fn is_instant(value: &Value) -> bool {
    value.as_str().is_some_and(|text| DateTime::parse_from_rfc3339(text).is_ok())
}

/// Standard base64 with padding; the empty text is not meant.
pub(super) fn is_base64(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && STANDARD.decode(text).is_ok())
}
