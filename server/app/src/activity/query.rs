//! What may be asked of `GET /workspaces/{id}/activity`.
//!
//! A parameter that is present but wrong is refused, never dropped: a dropped `since_secs` once made
//! a caller read hours of rows it had not asked for. `limit` is the one historical exception. All of
//! it is judged before the database is touched.

use chrono::{DateTime, Utc};
use server_store::activity::{SourceKind, StoredText};
use server_types::{
    ActivityId, WorkspaceId,
    limits::{ACTIVITY_LIST_ROWS_DEFAULT, ACTIVITY_LIST_ROWS_MAX, ACTIVITY_SINCE_SECS_MAX},
};
use thiserror::Error;
use url::form_urlencoded;
use uuid::Uuid;

/// A question that makes sense; filters compose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// Exactly this type.
    pub activity_type: Option<String>,
    /// By the kind of source.
    pub source: Option<SourceKind>,
    /// Source or target is this workspace.
    pub peer: Option<WorkspaceId>,
    /// Not older than so many seconds.
    pub since_secs: Option<i64>,
    /// Strictly after this row.
    pub since: Option<ActivityId>,
    /// Strictly earlier than this instant.
    pub before: Option<DateTime<Utc>>,
    /// Most rows.
    pub limit: i64,
}

/// A parameter that is present but wrong; `Display` is the public text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the text says it")]
pub enum BadQuery {
    #[error("source must be 'canvas' or 'agent'")]
    Source,
    #[error("peer_id must be a UUID")]
    Peer,
    #[error("since_secs must be a positive integer")]
    SinceSecs,
    #[error("since_id must be a UUID")]
    Since,
    #[error("before_ts must be an RFC3339 timestamp")]
    Before,
}

impl Query {
    /// Reads the raw query string; of a repeated parameter the first counts.
    ///
    /// # Errors
    /// The first parameter that is wrong, in the order of [`BadQuery`].
    pub fn parse(raw: &str) -> Result<Self, BadQuery> {
        let get = |key: &str| {
            form_urlencoded::parse(raw.as_bytes()).find(|(name, _)| name == key).map(|(_, value)| value)
        };
        let filled = |key: &str| get(key).filter(|value| !value.is_empty());
        Ok(Self {
            activity_type: filled("type").map(|text| StoredText::new(text).to_string()),
            source: filled("source").map(|text| source(&text)).transpose()?,
            peer: filled("peer_id")
                .map(|text| uuid(&text).map(WorkspaceId).ok_or(BadQuery::Peer))
                .transpose()?,
            since_secs: get("since_secs").map(|text| since_secs(&text)).transpose()?,
            since: filled("since_id")
                .map(|text| uuid(&text).map(ActivityId).ok_or(BadQuery::Since))
                .transpose()?,
            before: filled("before_ts").map(|text| before(&text)).transpose()?,
            limit: get("limit").map_or(ACTIVITY_LIST_ROWS_DEFAULT, |text| limit(&text)),
        })
    }
}

fn source(text: &str) -> Result<SourceKind, BadQuery> {
    match text {
        "canvas" => Ok(SourceKind::Canvas),
        "agent" => Ok(SourceKind::Agent),
        _ => Err(BadQuery::Source),
    }
}

/// The hyphenated form only: of all forms of a UUID it alone has 36 characters.
fn uuid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::parse_str(text).ok()).flatten()
}

fn since_secs(text: &str) -> Result<i64, BadQuery> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || text.bytes().all(|byte| byte == b'0') {
        return Err(BadQuery::SinceSecs);
    }
    // More digits than an integer holds are still a positive integer, clamped like the rest.
    Ok(text.parse().unwrap_or(ACTIVITY_SINCE_SECS_MAX).min(ACTIVITY_SINCE_SECS_MAX))
}

fn before(text: &str) -> Result<DateTime<Utc>, BadQuery> {
    let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| BadQuery::Before)?;
    Ok(parsed.with_timezone(&Utc))
}

fn limit(text: &str) -> i64 {
    match text.parse() {
        Ok(rows) if rows > 0 => i64::min(rows, ACTIVITY_LIST_ROWS_MAX),
        _ => ACTIVITY_LIST_ROWS_DEFAULT,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encoded(key: &str, value: &str) -> String {
        form_urlencoded::Serializer::new(String::new()).append_pair(key, value).finish()
    }

    #[track_caller]
    fn refused(key: &str, values: &[&str], expected: BadQuery) {
        for value in values {
            assert_eq!(Query::parse(&encoded(key, value)), Err(expected), "{key}={value:?}");
        }
    }

    /// Ledger: A2A-69, A2A-72, A2A-105, EDGE-103.
    #[test]
    fn a_wrong_parameter_is_refused_by_name() {
        refused("source", &["x", "Canvas", "canvas "], BadQuery::Source);
        let id = "7f7c1bb4-3a57-4f0c-9e9d-0d8ac1f5f0aa";
        let peers = ["not-a-uuid", "'; DROP TABLE activity_logs;--", "../../etc/passwd", "' OR 1=1 --", "\0"];
        refused("peer_id", &peers, BadQuery::Peer);
        refused(
            "peer_id",
            &[&format!("{id}0"), &id[1..], &id.replace('-', ""), &format!("{{{id}}}")],
            BadQuery::Peer,
        );
        refused("since_id", &["0", "abc"], BadQuery::Since);
        refused("since_secs", &["", "0", "-1", "1.5", "abc", "00", " 5", "+5"], BadQuery::SinceSecs);
        let times = [
            "yesterday",
            "2026-13-45T00:00:00Z",
            "1714500000",
            "2026-05-01T00:00:00Z' OR 1=1--",
            "2026-05-01",
        ];
        refused("before_ts", &times, BadQuery::Before);
    }

    #[test]
    fn an_empty_filter_is_no_filter() {
        let empty = Query::parse("type=&source=&peer_id=&since_id=&before_ts=").expect("acceptable");
        assert_eq!(empty, Query::parse("").expect("acceptable"));
    }

    /// Ledger: A2A-22.
    #[test]
    fn a_wide_window_is_clamped_to_thirty_days() {
        for (text, secs) in [("60", 60), ("2592001", 2_592_000), ("999999999999999999999999", 2_592_000)] {
            assert_eq!(Query::parse(&encoded("since_secs", text)).map(|q| q.since_secs), Ok(Some(secs)));
        }
    }

    /// Ledger: A2A-105.
    #[test]
    fn the_limit_defaults_and_caps_silently() {
        for (text, rows) in [("", 100), ("abc", 100), ("0", 100), ("-1", 100), ("7", 7), ("9999", 500)] {
            assert_eq!(Query::parse(&encoded("limit", text)).map(|q| q.limit), Ok(rows), "{text}");
        }
    }

    /// Ledger: A2A-69, EDGE-103.
    #[test]
    fn an_offset_names_the_same_instant() {
        let utc = Query::parse(&encoded("before_ts", "2026-05-01T00:00:00Z"));
        let offset = Query::parse(&encoded("before_ts", "2026-05-01T02:00:00+02:00"));
        assert!(utc.is_ok());
        assert_eq!(utc, offset);
    }

    proptest! {
        #[test]
        fn no_query_makes_it_panic(raw in any::<String>()) {
            let _ = Query::parse(&raw);
        }

        #[test]
        fn any_uuid_is_a_peer_in_either_case(id in any::<u128>(), upper in any::<bool>()) {
            let id = Uuid::from_u128(id);
            let text = if upper { id.to_string().to_uppercase() } else { id.to_string() };
            let query = Query::parse(&encoded("peer_id", &text)).expect("acceptable");
            prop_assert_eq!(query.peer, Some(WorkspaceId(id)));
        }
    }
}
