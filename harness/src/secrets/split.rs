//! Secrets that come in pieces: a stream may end one payload in the middle of a secret and begin the next one
//! with the rest. Neither payload holds the secret then, and together they do.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Needle, SECRET_CHARS_MIN, Secrets, free_label};

/// Payloads that are looked at together, the last ones.
const PAYLOADS_MAX: usize = 512;
/// A shorter secret may stand across two payloads by chance.
const SPLIT_CHARS_MIN: usize = 8;

/// Texts that follow each other, by the place that they have in their payloads.
type Rows = IndexMap<String, Vec<String>>;

impl Secrets {
    /// Looks for secrets that stand across the payloads of a stream; from now on every masked text shows
    /// `[secret name, part]` in place of their pieces.
    ///
    /// Payloads are texts or trees; the data of server-sent events is also looked at without its framing.
    pub fn add_split(&self, payloads: &[Value]) {
        if let Some(all) = &self.told_to {
            all.add_split(payloads);
        }
        let rows = rows(&payloads[payloads.len().saturating_sub(PAYLOADS_MAX)..]);
        let pieces: Vec<(Arc<str>, String)> = {
            let known = self.read();
            rows.values().filter(|row| row.len() > 1).flat_map(|row| pieces(row, &known.needles)).collect()
        };
        if pieces.is_empty() {
            return;
        }
        let mut known = self.write();
        for (label, text) in pieces {
            if known.needles.iter().all(|needle| needle.text != text) {
                let name = label.trim_start_matches("[secret ").trim_end_matches(']');
                let label = free_label(&format!("{name}, part"), &known.needles).into();
                known.needles.push(Needle { text, label });
            }
        }
        known.sort();
    }
}

/// The pieces of every secret that stands in no text of the row alone.
fn pieces(row: &[String], needles: &[Needle]) -> Vec<(Arc<str>, String)> {
    let whole = row.concat();
    let mut pieces = Vec::new();
    for needle in needles.iter().filter(|needle| needle.text.chars().count() >= SPLIT_CHARS_MIN) {
        for (at, found) in whole.match_indices(&needle.text) {
            let end = at + found.len();
            let mut start = 0;
            let parts = row.iter().filter_map(|text| {
                let (from, to) = (start.max(at), (start + text.len()).min(end));
                start += text.len();
                (from < to).then(|| &whole[from..to])
            });
            let parts: Vec<_> = parts.collect();
            if parts.len() > 1 {
                let long = parts.into_iter().filter(|part| part.chars().count() >= SECRET_CHARS_MIN);
                pieces.extend(long.map(|part| (Arc::clone(&needle.label), part.to_owned())));
            }
        }
    }
    pieces
}

fn rows(payloads: &[Value]) -> Rows {
    let mut rows = Rows::new();
    for payload in payloads {
        add(payload, "", &mut rows);
    }
    rows
}

fn add(value: &Value, place: &str, rows: &mut Rows) {
    match value {
        Value::String(text) => {
            for data in text.lines().filter_map(|line| line.strip_prefix("data:")) {
                let data = data.strip_prefix(' ').unwrap_or(data);
                let tree = serde_json::from_str(data).ok().filter(|tree: &Value| !tree.is_number());
                add(&tree.unwrap_or_else(|| Value::from(data)), &format!("{place} data"), rows);
            }
            rows.entry(place.to_owned()).or_default().push(text.clone());
        }
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                add(item, &format!("{place}.{at}"), rows);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                add(field, &format!("{place}.{name}"), rows);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SECRET: &str = "s3cret-token-of-alpha";

    fn after(payloads: &[Value]) -> Secrets {
        let secrets = Secrets::default();
        secrets.add("token", &SECRET.into());
        secrets.add_split(payloads);
        secrets
    }

    #[test]
    fn the_pieces_of_a_secret_are_hidden_wherever_they_turn_up() {
        let streams = [
            vec![json!("say s3cret-tok"), json!("en-of-alpha!")],
            vec![json!({ "delta": "s3cret-tok" }), json!({ "ping": 1 }), json!({ "delta": "en-of-alpha" })],
            vec![json!("data: s3cret-tok\n\ndata: en-of-alpha\n\n")],
            vec![json!("data: {\"d\":\"s3cret-tok\"}\n\n"), json!("data: {\"d\":\"en-of-alpha\"}\n\n")],
        ];
        for stream in streams {
            let secrets = after(&stream);
            for piece in ["s3cret-tok", "en-of-alpha"] {
                let masked = secrets.mask(piece);
                assert!(masked.starts_with("[secret token, part"), "{stream:?}: {masked}");
            }
            assert_ne!(secrets.mask("s3cret-tok"), secrets.mask("en-of-alpha"), "two values, two labels");
            assert_eq!(secrets.mask(SECRET), "[secret token]");
        }
    }

    #[test]
    fn payloads_without_a_secret_across_them_hide_nothing() {
        for stream in [vec![json!("s3cret-tok"), json!("something else")], vec![json!(SECRET), json!(SECRET)]]
        {
            assert_eq!(after(&stream).mask("s3cret-tok en-of-alpha"), "s3cret-tok en-of-alpha");
        }
    }

    #[test]
    fn what_one_list_finds_is_known_to_the_list_it_tells() {
        let all = Secrets::default();
        let own = all.child();
        own.add("token", &SECRET.into());
        own.add_split(&[json!("s3cret-tok"), json!("en-of-alpha")]);
        assert!(all.leaks(SECRET) && all.leaks("en-of-alpha"));
        all.add("other", &"only-of-the-world".into());
        assert!(!own.leaks("only-of-the-world"));
    }
}
