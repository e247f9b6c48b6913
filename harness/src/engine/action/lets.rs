//! `let`: names for values.

use harness_model::replay::Facet;
use harness_model::replay::action::Lets;
use serde_json::{Map, Value};

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

pub(super) async fn run(lets: &Lets, scope: &mut Scope<'_>) -> Result<Observed, Trouble> {
    let mut all = Map::new();
    for (name, value) in lets.values.iter() {
        let value = scope.value(value).await?;
        all.insert(name.to_owned(), value.clone());
        scope.set(name, value);
    }
    let all = Value::Object(all);
    Ok(Observed::nothing().with(Facet::Json, all.clone()).with(Facet::Value, all))
}
