//! `logs`: the log of a service, from its start, from the first step, or from a named step on.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::{Logs, Since};
use serde_json::Value;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;
use crate::world::Position;

/// Lines kept as evidence.
const LINES_KEPT: usize = 200;

pub(super) async fn run(logs: &Logs, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let session = scope.session;
    let of = scope.text(&logs.of).await?;
    let service = session.world.service(&of)?;
    let from = match &logs.since {
        Since::Boot => Position::default(),
        Since::Replay => session.began.position(session.world, &of),
        Since::Step(step) => {
            let mark = session.marked(step);
            let mark = mark.ok_or_else(|| Trouble::new(format!("the step `{step}` has not begun yet")))?;
            mark.position(session.world, &of)
        }
    };
    let lost = service.logs().lost_since(from);
    if lost > 0 {
        return Err(Trouble::new(format!("{lost} lines of `{of}` are no longer there to be judged")));
    }
    let lines: Vec<String> = service.logs().since(from).into_iter().map(|line| line.text).collect();
    let kept = lines.iter().skip(lines.len().saturating_sub(LINES_KEPT));
    let exchange = Exchange::Logs {
        service: of,
        lines: kept.map(|line| session.secrets.mask(line).into_owned()).collect(),
    };
    let lines_value = Value::from(lines.clone());
    Ok(Observed::nothing()
        .with(Facet::Text, lines.join("\n"))
        .with(Facet::Value, lines_value.clone())
        .with(Facet::Lines, lines_value)
        .seen_as(exchange))
}
