//! The beat: says that the agent lives, and fetches what the platform wants it to have.

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Caller, delegations::Delegations, describe, register::keep_secret};
use crate::agent::{disk::INBOUND_SECRET, standin::Agent};

/// Refused beats in a row after which the token is called dead, aloud.
const UNAUTHORIZED_ALARM: u32 = 3;
/// Failed beats in a row after which the client is made anew.
const FAILURES_BEFORE_REBUILD: u32 = 10;

/// What the last beats were like.
#[derive(Default)]
struct Streak {
    unauthorized: u32,
    failed: u32,
}

/// Beats until the agent stops.
pub(in crate::agent) async fn beat_for_ever(agent: &Agent) {
    let mut streak = Streak::default();
    let mut delegations = Delegations::default();
    loop {
        let going = agent.beating().await;
        let (on, interval, looks) = {
            let beat = agent.beat();
            (beat.on, beat.interval, beat.delegations)
        };
        if on {
            beat(agent, &mut streak).await;
            if looks {
                delegations.check(agent).await;
            }
        }
        drop(going);
        tokio::select! {
            () = tokio::time::sleep(interval) => {}
            () = agent.kicked() => {}
        }
    }
}

/// One beat. Nothing in it ends the beating.
async fn beat(agent: &Agent, streak: &mut Streak) {
    agent.journal().counters.heartbeats += 1;
    let (body, failure) = agent.beat().body(&agent.spawn().workspace_id, agent.uptime());
    if let Some(failure) = failure {
        agent.log("warn", failure.to_owned());
    }
    let mut outcome = send(agent, &body).await;
    if matches!(outcome, Ok((StatusCode::UNAUTHORIZED, _))) {
        // Somebody may have given the workspace a new token on disk.
        agent.reload_token();
        outcome = send(agent, &body).await;
    }
    match outcome {
        Ok((StatusCode::OK, answer)) => {
            *streak = Streak::default();
            agent.journal().counters.heartbeats_ok += 1;
            keep_secret(agent, &answer, "platform_inbound_secret", INBOUND_SECRET);
        }
        Ok((status, _)) => streak.refused(agent, status),
        Err(text) => {
            streak.unauthorized = 0;
            streak.failed(agent, &text);
        }
    }
}

/// The status and the body, `null` when it is no JSON.
async fn send(agent: &Agent, body: &Value) -> Result<(StatusCode, Value), String> {
    let call = Caller::own(agent).request(&agent.http(), Method::POST, "/registry/heartbeat").json(body);
    let reply = call.send().await.map_err(|error| describe(&error))?;
    let status = reply.status();
    let text = reply.text().await.map_err(|error| describe(&error))?;
    Ok((status, serde_json::from_str(&text).unwrap_or_default()))
}

impl Streak {
    fn refused(&mut self, agent: &Agent, status: StatusCode) {
        if status == StatusCode::UNAUTHORIZED {
            self.unauthorized += 1;
            agent.journal().counters.heartbeats_unauthorized += 1;
            if self.unauthorized == UNAUTHORIZED_ALARM {
                let text =
                    "heartbeat refused 3 times in a row with 401: the workspace token is likely revoked";
                agent.log("error", text.to_owned());
            }
        } else {
            self.unauthorized = 0;
        }
        self.failed(agent, &format!("HTTP {}", status.as_u16()));
    }

    fn failed(&mut self, agent: &Agent, text: &str) {
        self.failed += 1;
        agent.journal().counters.heartbeats_failed += 1;
        agent.log("warn", format!("heartbeat failed: {text}"));
        if self.failed.is_multiple_of(FAILURES_BEFORE_REBUILD) {
            agent.rebuild_http();
        }
    }
}
