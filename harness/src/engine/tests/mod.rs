//! The engine as a whole: replays as text, small servers as worlds, outcomes and events as results.

mod groups;
mod http;
mod outcome;
mod rules;
mod secrets;
mod stand_ins;
mod waiting;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::{any, get};
use harness_model::event::{Failure, RunEvent};
use harness_model::replay::parse_replay;
use harness_model::verdict::{Ending, Outcome};
use harness_model::yaml::{Source, Style};
use serde_json::{Value, json};

use super::testing::{Builder, turn_clock};
use super::{Play, run_replay};
use crate::world::World;

/// What a replay came to.
struct Ran {
    outcome: Outcome,
    events: Vec<RunEvent>,
}

/// A play of the replay whose body is given; it needs no title.
fn play(body: &str) -> Play {
    let source = Source::new("replays/test/x.yaml", format!("replay: it holds\n{body}"));
    let (replay, findings) = parse_replay(&source);
    let replay = replay.unwrap_or_else(|| panic!("{}", findings.render(Style::Plain)));
    Play::of("replay::test::x", replay, source, env!("CARGO_MANIFEST_DIR"))
}

async fn run_play(play: &Play, world: &World) -> Ran {
    let events = Mutex::new(Vec::new());
    let outcome = run_replay(play, world, &|event| events.lock().unwrap().push(event)).await;
    Ran { outcome, events: events.into_inner().unwrap() }
}

async fn run(body: &str, world: &World) -> Ran {
    run_play(&play(body), world).await
}

impl Ran {
    fn assert_passed(&self) {
        assert_eq!(self.outcome.ending, Ending::Passed, "{:#?}", self.outcome);
    }

    /// The failures of a failed replay with the names of their steps.
    fn failed(&self) -> Vec<(String, Failure)> {
        match &self.outcome.ending {
            Ending::Failed { steps } => {
                steps.iter().map(|step| (step.step.to_string(), step.failure.clone())).collect()
            }
            other => panic!("{other:#?}"),
        }
    }

    fn broken(&self) -> Failure {
        match &self.outcome.ending {
            Ending::Broken { failure, .. } => (**failure).clone(),
            other => panic!("{other:#?}"),
        }
    }

    /// The names of the steps that began, in order.
    fn begun(&self) -> Vec<String> {
        let begun = self.events.iter().filter_map(|event| match event {
            RunEvent::StepStarted { step, .. } => Some(step.to_string()),
            _ => None,
        });
        begun.collect()
    }

    /// Everything that was told, as text.
    fn told(&self) -> String {
        format!(
            "{}{}",
            serde_json::to_string(&self.events).unwrap(),
            serde_json::to_string(&self.outcome).unwrap()
        )
    }
}

/// A server that answers with what it was asked, counts at `/count`, and knows some fixed answers.
fn server() -> Router {
    let counter = std::sync::Arc::new(AtomicU32::new(0));
    Router::new()
        .route("/echo", any(echo))
        .route("/echo/{*rest}", any(echo))
        .route("/ok", get(|| async { axum::Json(json!({ "status": "ok", "n": 1, "items": [1, 2] })) }))
        .route(
            "/count",
            any(move || {
                let counter = std::sync::Arc::clone(&counter);
                async move { axum::Json(json!({ "n": counter.fetch_add(1, Ordering::SeqCst) + 1 })) }
            }),
        )
        .route("/hour", get(hour))
        .route("/missing", get(|| async { axum::http::StatusCode::NOT_FOUND }))
        .route("/hang", get(|| async { std::future::pending::<()>().await }))
        .with_state(Arc::default())
}

/// Answers two looks; at the third one an hour is over.
async fn hour(State(looks): State<Arc<AtomicU32>>) -> axum::Json<Value> {
    if looks.fetch_add(1, Ordering::SeqCst) >= 2 {
        turn_clock(Duration::from_hours(1)).await;
        std::future::pending::<()>().await;
    }
    axum::Json(json!({ "status": "ok" }))
}

async fn echo(request: Request) -> axum::Json<Value> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let headers: Vec<Value> = head
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    axum::Json(json!({
        "method": head.method.as_str(), "target": head.uri.to_string(), "headers": headers,
        "body": String::from_utf8_lossy(&body),
    }))
}

async fn world() -> World {
    Builder::default().server(server()).await.build()
}
