//! `PUT /__agent/agents/{ws}/behaviour`: orders how calls are answered. `DELETE` forgets all orders.
//! `PUT /__agent/behaviour`: how every agent answers, now and later, whatever is ordered.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
    routing::put,
};
use http::StatusCode;

use super::{
    Ctx, Which,
    reply::{agent, parse, refused},
};
use crate::agent::{
    behaviour::{Imposed, Manner, Order},
    door::Stand,
    host::Hosted,
    standin::Agent,
};

pub(super) fn routes() -> Router<Arc<Hosted>> {
    Router::new()
        .route("/__agent/agents/{ws}/behaviour", put(order).delete(forget))
        .route("/__agent/behaviour", put(impose))
}

async fn impose(State(hosted): Ctx, body: Bytes) -> Response {
    match parse::<Order>(&body).map(Imposed::of) {
        Ok(Ok(imposed)) => {
            hosted.impose(&imposed);
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(Err(text)) => refused(StatusCode::BAD_REQUEST, text),
        Err(refusal) => *refusal,
    }
}

async fn order(
    State(hosted): Ctx,
    Path(ws): Path<String>,
    Query(which): Query<Which>,
    body: Bytes,
) -> Response {
    let (agent, order) = match (agent(&hosted, &ws, &which), parse::<Order>(&body)) {
        (Ok(agent), Ok(order)) => (agent, order),
        (Err(refusal), _) | (_, Err(refusal)) => return *refusal,
    };
    let taken = agent.book().take(order);
    match taken {
        Ok(()) => settle(&agent).await,
        Err(text) => refused(StatusCode::BAD_REQUEST, text),
    }
}

async fn forget(State(hosted): Ctx, Path(ws): Path<String>, Query(which): Query<Which>) -> Response {
    match agent(&hosted, &ws, &which) {
        Ok(agent) => {
            agent.book().clear();
            settle(&agent).await
        }
        Err(refusal) => *refusal,
    }
}

/// Answers once the door stands as ordered, so that the next call already meets it.
async fn settle(agent: &Agent) -> Response {
    let stand = match agent.book().door() {
        None => Stand::Open,
        Some(Manner::Blackhole) => Stand::Swallowing,
        Some(_) => Stand::Shut,
    };
    if agent.is_alive() {
        agent.door().stand(stand).await;
    }
    StatusCode::NO_CONTENT.into_response()
}
