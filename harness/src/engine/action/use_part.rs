//! `use`: the steps of a part, which sees its inputs and nothing else.

use std::collections::HashMap;

use harness_model::replay::action::UsePart;
use serde_json::Value;

use crate::engine::observed::Observed;
use crate::engine::play::LoadedPart;
use crate::engine::scope::Scope;
use crate::engine::step::{self, Flow};
use crate::engine::trouble::Trouble;

/// A part that uses itself would never end.
const DEPTH_MAX: usize = 16;

pub(in crate::engine) async fn run(
    call: &UsePart,
    scope: &mut Scope<'_>,
) -> Result<(Flow, Observed), Trouble> {
    let mut given = HashMap::new();
    for (name, value) in call.with.iter() {
        given.insert(name.to_owned(), scope.value(value).await?);
    }
    let (flow, inner) = steps(&call.part, given, scope).await?;
    for output in &loaded(&call.part, scope)?.part.outputs {
        if let Some(value) = inner.variable(output) {
            scope.set(call.rename.get(output).unwrap_or(output), value.clone());
        }
    }
    Ok((flow, Observed::nothing()))
}

/// Runs the part that a topology demands at the end of every replay; it takes of the inputs what it declares.
pub(in crate::engine) async fn close(part: &str, inputs: Value, scope: &Scope<'_>) -> Result<(), Trouble> {
    let declared = &loaded(part, scope)?.part.inputs;
    let given = inputs.as_object().into_iter().flatten().filter(|(name, _)| declared.contains(name));
    let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
    steps(part, given, scope).await.map(drop)
}

fn loaded<'a>(part: &str, scope: &Scope<'a>) -> Result<&'a LoadedPart, Trouble> {
    let loaded = scope.session.play.parts.get(part);
    loaded.map(AsRef::as_ref).ok_or_else(|| Trouble::new(format!("the part `{part}` was not loaded")))
}

async fn steps<'a>(
    part: &str,
    given: HashMap<String, Value>,
    scope: &Scope<'a>,
) -> Result<(Flow, Scope<'a>), Trouble> {
    let loaded = loaded(part, scope)?;
    if scope.depth() > DEPTH_MAX {
        return Err(Trouble::new(format!("`{part}`: parts use each other more than {DEPTH_MAX} deep")));
    }
    if let Some(missing) = loaded.part.inputs.iter().find(|input| !given.contains_key(*input)) {
        return Err(Trouble::new(format!("`{part}` needs the input `{missing}`")));
    }
    let mut inner = scope.inner(part).isolated(loaded.source.clone(), given);
    for (name, value) in loaded.part.defaults.iter() {
        if inner.variable(name).is_none() {
            let value = inner.value(value).await?;
            inner.set(name, value);
        }
    }
    let flow = step::run_all(&loaded.part.steps, &mut inner).await;
    Ok((flow, inner))
}
