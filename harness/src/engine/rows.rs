//! The rows of a step's `for_each`.

use harness_model::replay::{ForEach, Row};
use harness_model::template::as_text;
use serde_json::Value;

use super::scope::Scope;
use super::trouble::Trouble;

/// More rows than this is a mistake in the replay.
const ROWS_MAX: usize = 10_000;

/// The rows, in order.
///
/// # Errors
/// When a value is missing, or is not a list where one is wanted.
pub(crate) async fn of(for_each: &ForEach, scope: &Scope<'_>) -> Result<Vec<Row>, Trouble> {
    let rows = match for_each {
        ForEach::Product(lists) => {
            let mut rows = vec![Row::new()];
            for (name, list) in lists.iter() {
                let Value::Array(values) = scope.value(list).await? else {
                    return Err(Trouble::new(format!("for_each: `{name}` is not a list")));
                };
                rows = combined(&rows, name, &values)?;
            }
            rows
        }
        ForEach::Rows(written) => {
            let mut rows = Vec::with_capacity(written.len());
            for fields in written {
                let mut row = Row::new();
                for (name, value) in fields.iter() {
                    row.push((name.to_owned(), scope.value(value).await?));
                }
                rows.push(row);
            }
            rows
        }
    };
    if rows.is_empty() {
        // A step that runs for no row would pass without having judged anything.
        return Err(Trouble::new("for_each: there is no row"));
    }
    Ok(rows)
}

fn combined(rows: &[Row], name: &str, values: &[Value]) -> Result<Vec<Row>, Trouble> {
    if rows.len().saturating_mul(values.len()) > ROWS_MAX {
        return Err(Trouble::new(format!("for_each: more than {ROWS_MAX} rows")));
    }
    let longer = rows.iter().flat_map(|row| {
        values.iter().map(move |value| {
            let mut row = row.clone();
            row.push((name.to_owned(), value.clone()));
            row
        })
    });
    Ok(longer.collect())
}

/// A row as events name it: `path=/events, code=404`.
#[must_use]
pub(crate) fn label(row: &Row) -> String {
    let fields: Vec<String> = row.iter().map(|(name, value)| format!("{name}={}", short(value))).collect();
    fields.join(", ")
}

/// Longest value in a label.
const LABEL_CHARS_MAX: usize = 60;

/// A value in a label: an object by its `name`, anything long without its end.
fn short(value: &Value) -> String {
    let text = as_text(value.get("name").unwrap_or(value));
    match text.char_indices().nth(LABEL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
