//! `sql`: one statement on a database.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::{Sql, SqlAct};
use harness_model::units::Time;
use serde_json::{Value, json};

use super::WITHIN;
use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::sql::Answer;
use crate::engine::trouble::Trouble;

pub(super) async fn run(sql: &Sql, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let on = scope.text(&sql.on).await?;
    let database = scope.session.database(&on)?;
    let within = scope.maybe(sql.timeout.as_ref()).await?.map_or(WITHIN, Time::get);
    let mut args = Vec::with_capacity(sql.args.len());
    for arg in &sql.args {
        args.push(scope.value(arg).await?);
    }
    let (statement, answer) = match &sql.act {
        SqlAct::One(text) | SqlAct::Rows(text) => {
            let text = scope.text(text).await?;
            let answer = database.rows(&text, &args, within).await.map_err(Trouble::of_database(&on))?;
            (text, answer)
        }
        SqlAct::Exec(texts) => {
            let mut statements = Vec::with_capacity(texts.len());
            for text in texts.iter() {
                statements.push(scope.text(text).await?);
            }
            let answer =
                database.exec(&statements, &args, within).await.map_err(Trouble::of_database(&on))?;
            (statements.join(";\n"), answer)
        }
    };
    let exchange = Exchange::Sql {
        on,
        statement: scope.session.secrets.mask(&statement).into_owned(),
        args: args.iter().map(|arg| scope.session.secrets.mask_json(arg)).collect(),
        result: scope.session.secrets.mask_json(&result(&answer)),
    };
    Ok(observed(answer, matches!(sql.act, SqlAct::One(_))).seen_as(exchange))
}

fn result(answer: &Answer) -> Value {
    match answer {
        Answer::Rows(rows) => Value::from(rows.clone()),
        Answer::Changed(count) => json!({ "affected": count }),
        Answer::Refused(refusal) => json!({ "error": refusal.to_json() }),
    }
}

fn observed(answer: Answer, one: bool) -> Observed {
    match answer {
        Answer::Changed(count) => Observed::nothing().with(Facet::Affected, count),
        Answer::Refused(refusal) => Observed::nothing().with(Facet::Error, refusal.to_json()),
        Answer::Rows(rows) if one => match rows.as_slice() {
            [row] => {
                let value = only_column(row);
                let observed = Observed::nothing().with(Facet::Json, row.clone()).with(Facet::Value, value);
                observed.with(Facet::Rows, rows)
            }
            _ => {
                let error =
                    json!({ "code": "rows", "message": format!("{} rows, not exactly one", rows.len()) });
                Observed::nothing().with(Facet::Rows, rows).with(Facet::Error, error)
            }
        },
        Answer::Rows(rows) => {
            let rows = Value::from(rows);
            let observed = Observed::nothing().with(Facet::Rows, rows.clone());
            observed.with(Facet::Json, rows.clone()).with(Facet::Value, rows)
        }
    }
}

/// The only column of a row, or the row.
fn only_column(row: &Value) -> Value {
    match row.as_object() {
        Some(fields) if fields.len() == 1 => fields.values().next().cloned().unwrap_or_default(),
        _ => row.clone(),
    }
}
