//! What a red case leaves to look at: logs, states and rows of its world, as files.
//!
//! The report of a failure fits a screen. This is the rest: a folder per case beside the run's log. No known
//! secret is in it, and no field that is called like a credential.

use std::io;
use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::engine::sql::{Answer, Database};
use crate::world::{Position, World};

/// The most rows of a table.
const ROWS_MAX: u32 = 200;
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// What the stand-ins tell about themselves, by the role they play.
const STATES: [(&str, &str); 4] = [
    ("stub", "/__stub/state"),
    ("stub", "/__stub/requests"),
    ("agents", "/__agent/agents"),
    ("edge", "/__edge/config"),
];
/// Parts of names of fields whose values are never written down.
const CREDENTIALS: [&str; 4] = ["token", "secret", "password", "authorization"];

/// Writes what a world can tell into a folder. What cannot be read is told in its place: a service may just be
/// what broke.
///
/// # Errors
/// When the folder cannot be written.
pub async fn collect(world: &World, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let secrets = world.secrets();
    for service in world.services() {
        let lines = service.logs().since(Position(0)).into_iter().map(|line| line.text);
        let text: Vec<String> = lines.map(|line| secrets.mask(&line).into_owned()).collect();
        if !text.is_empty() {
            std::fs::write(folder.join(format!("{}.log", service.name())), text.join("\n") + "\n")?;
        }
    }
    let (states, tables, services) = (states(world).await, tables(world).await, containers(world).await);
    for (name, value) in [("states", states), ("tables", tables), ("services", services)] {
        let value = without_credentials(secrets.mask_json(&value));
        std::fs::write(folder.join(format!("{name}.json")), serde_json::to_string_pretty(&value)? + "\n")?;
    }
    Ok(())
}

async fn states(world: &World) -> Value {
    let mut states = serde_json::Map::new();
    for (role, path) in STATES {
        let Ok(service) = world.role(role) else { continue };
        let Some(base) = service.url() else { continue };
        let asked = world.http().get(format!("{base}{path}")).timeout(ANSWER_WITHIN).send().await;
        let told = match asked {
            Ok(answer) => answer.json().await.unwrap_or(Value::Null),
            Err(error) => json!({ "unreadable": error.without_url().to_string() }),
        };
        states.insert(format!("{} {path}", service.name()), told);
    }
    states.into()
}

/// The last rows of the tables that the topology names.
async fn tables(world: &World) -> Value {
    let mut tables = serde_json::Map::new();
    for (name, wanted) in &world.topology().evidence {
        let Some(url) = world.database(name).ok().and_then(|service| service.postgres_url().cloned()) else {
            continue;
        };
        let database = Database::at(url.expose_secret());
        for table in wanted {
            let quoted = format!("\"{}\"", table.replace('"', "\"\""));
            let sql =
                format!("select to_jsonb(t) as row from {quoted} t order by ctid desc limit {ROWS_MAX}");
            let rows = match database.rows(&sql, &[], ANSWER_WITHIN).await {
                Ok(Answer::Rows(rows)) => json!(rows),
                Ok(Answer::Refused(refusal)) => json!({ "unreadable": refusal.to_json() }),
                Ok(Answer::Changed(_)) => Value::Null,
                Err(error) => json!({ "unreadable": error.to_string() }),
            };
            tables.insert(format!("{name}.{table}"), rows);
        }
    }
    tables.into()
}

/// What carries each service, and in what state that is.
async fn containers(world: &World) -> Value {
    let mut found = serde_json::Map::new();
    for service in world.services() {
        if let Some(state) = service.state().await {
            found.insert(service.name().to_owned(), state);
        }
    }
    found.into()
}

fn without_credentials(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, field)| {
                let lower = name.to_ascii_lowercase();
                let hidden = CREDENTIALS.iter().any(|part| lower.contains(part)) && field.is_string();
                let field = if hidden { Value::from("[secret]") } else { without_credentials(field) };
                (name, field)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(without_credentials).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_is_called_like_a_credential_is_not_written_down() {
        let shown = without_credentials(json!({
            "agents": [{ "id": "a", "token": "t-1", "inbound_secret": "s-2", "tokens_left": 3 }],
        }));
        let expected = json!({
            "agents": [{ "id": "a", "token": "[secret]", "inbound_secret": "[secret]", "tokens_left": 3 }],
        });
        assert_eq!(shown, expected);
    }
}
