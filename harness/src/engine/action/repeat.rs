//! `repeat`: the same steps several times, one after the other or at once.

use futures_util::future::join_all;
use harness_model::replay::Facet;
use harness_model::replay::action::Repeat;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;

use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::step::{self, Flow};
use crate::engine::trouble::Trouble;

/// More rounds than this is a mistake in the replay.
const ROUNDS_MAX: u64 = 100_000;

pub(in crate::engine) async fn run(
    repeat: &Repeat,
    scope: &mut Scope<'_>,
) -> Result<(Flow, Observed), Trouble> {
    let times = scope.typed(&repeat.times).await?;
    let concurrency = scope.maybe(repeat.concurrency.as_ref()).await?.unwrap_or(1);
    if times > ROUNDS_MAX {
        return Err(Trouble::new(format!("more than {ROUNDS_MAX} rounds")));
    }
    let rounds = if concurrency <= 1 {
        in_turn(repeat, times, scope).await
    } else {
        at_once(repeat, times, concurrency, scope).await
    };
    let mut flow = Flow::GoOn;
    let mut collected: Vec<Vec<Value>> = vec![Vec::new(); repeat.collect.len()];
    for round in rounds {
        let (ended, values) = round?;
        flow = flow.and(ended);
        for (list, value) in collected.iter_mut().zip(values) {
            list.push(value);
        }
    }
    let mut whole = Map::new();
    for ((name, _), list) in repeat.collect.iter().zip(collected) {
        whole.insert(name.to_owned(), Value::Array(list.clone()));
        scope.set(name, Value::Array(list));
    }
    Ok((flow, Observed::nothing().with(Facet::Value, Value::Object(whole))))
}

type Round = Result<(Flow, Vec<Value>), Trouble>;

/// Captures of one round are visible in the next; the first round that does not hold is the last.
async fn in_turn(repeat: &Repeat, times: u64, scope: &mut Scope<'_>) -> Vec<Round> {
    let mut rounds = Vec::new();
    for number in 0..times {
        let mut inner = labelled(repeat, number, scope);
        let round = one(repeat, &mut inner).await;
        let go_on = matches!(round, Ok((Flow::GoOn, _)));
        rounds.push(round);
        scope.adopt(inner);
        if !go_on {
            break;
        }
    }
    rounds
}

/// Every round sees its own captures only, and all of them run.
async fn at_once(repeat: &Repeat, times: u64, concurrency: u64, scope: &Scope<'_>) -> Vec<Round> {
    let permits = Semaphore::new(usize::try_from(concurrency).unwrap_or(Semaphore::MAX_PERMITS));
    let rounds = (0..times).map(|number| {
        let mut inner = labelled(repeat, number, scope);
        let permits = &permits;
        async move {
            let _permit = permits.acquire().await.expect("the semaphore is never closed");
            one(repeat, &mut inner).await
        }
    });
    join_all(rounds).await
}

fn labelled<'a>(repeat: &Repeat, number: u64, scope: &Scope<'a>) -> Scope<'a> {
    let mut inner = scope.inner(format!("round {number}"));
    if let Some(counter) = &repeat.counter {
        inner.set(counter.clone(), Value::from(number));
    }
    inner
}

async fn one(repeat: &Repeat, inner: &mut Scope<'_>) -> Round {
    let flow = step::run_all(&repeat.steps, inner).await;
    let mut values = Vec::with_capacity(repeat.collect.len());
    if flow == Flow::GoOn {
        for (_, value) in repeat.collect.iter() {
            values.push(inner.value(value).await?);
        }
    }
    Ok((flow, values))
}
