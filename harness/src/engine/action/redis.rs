//! `redis`: one command.

use harness_model::event::Exchange;
use harness_model::replay::Facet;
use harness_model::replay::action::Redis;
use harness_model::template::as_text;
use serde_json::Value;

use super::WITHIN;
use crate::engine::observed::Observed;
use crate::engine::scope::Scope;
use crate::engine::trouble::Trouble;

/// What the Redis is called that needs no name.
const ONLY: &str = "redis";

pub(super) async fn run(redis: &Redis, scope: &Scope<'_>) -> Result<Observed, Trouble> {
    let on = scope.maybe_text(redis.on.as_ref()).await?;
    let server = scope.session.redis(on.as_deref())?;
    let mut command = Vec::with_capacity(redis.run.len());
    for word in &redis.run {
        command.push(scope.text(word).await?);
    }
    let reply =
        server.run(&command, WITHIN).await.map_err(Trouble::of_redis(on.as_deref().unwrap_or(ONLY)))?;
    let secrets = &scope.session.secrets;
    let exchange = Exchange::Redis {
        on: on.unwrap_or_else(|| ONLY.to_owned()),
        command: command.iter().map(|word| secrets.mask(word).into_owned()).collect(),
        reply: secrets.mask_json(&reply),
    };
    let observed = Observed::nothing().seen_as(exchange);
    if let Some(error) = reply.get("error") {
        return Ok(observed.with(Facet::Error, error.clone()));
    }
    let parsed: Option<Value> = reply.as_str().and_then(|text| serde_json::from_str(text).ok());
    let observed = observed.with(Facet::Text, as_text(&reply)).maybe(Facet::Json, parsed);
    Ok(observed.with(Facet::Value, reply))
}
