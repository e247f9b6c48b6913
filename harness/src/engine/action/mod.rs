//! The actions, one file each. Each turns its part of the replay into calls and gives back what it observed;
//! none of them judges.

mod agent;
mod edge;
mod feed;
mod http;
mod lets;
mod logs;
mod mcp;
pub(super) mod parallel;
mod pause;
mod redis;
pub(super) mod repeat;
mod run;
mod service;
mod snapshot;
mod sql;
mod stub;
pub(super) mod use_part;

pub(super) use agent::behaviour as agent_behaviour;
pub(super) use edge::change as edge_change;
pub(super) use stub::add_fault;

use std::time::Duration;

use harness_model::replay::{Action, Step};
use tokio::time::Instant;

use super::observed::Observed;
use super::record::millis;
use super::scope::Scope;
use super::trouble::Trouble;

/// How long a step's call may take when the step does not say.
pub(super) const WITHIN: Duration = Duration::from_secs(30);

/// Carries out the action of a step.
///
/// # Errors
/// When it cannot be carried out, so that there is nothing to judge.
pub(super) async fn run(step: &Step, scope: &mut Scope<'_>) -> Result<Observed, Trouble> {
    let started = Instant::now();
    let mut observed = match &step.action {
        Action::Http(http) => http::run(http, step, scope).await,
        Action::Sql(sql) => sql::run(sql, scope).await,
        Action::Redis(redis) => redis::run(redis, scope).await,
        Action::Ws(feed) => feed::run(feed, feed::Kind::WebSocket, scope).await,
        Action::Sse(feed) => feed::run(feed, feed::Kind::EventStream, scope).await,
        Action::Mcp(mcp) => mcp::run(mcp, scope).await,
        Action::Agent(agent) => agent::run(agent, scope).await,
        Action::Stub(stub) => stub::run(stub, step, scope).await,
        Action::Edge(edge) => edge::run(edge, scope).await,
        Action::Logs(logs) => logs::run(logs, scope).await,
        Action::Service(service) => service::run(service, scope).await,
        Action::Run(program) => run::run(program, scope).await,
        Action::Snapshot(snapshot) => snapshot::run(snapshot, scope).await,
        Action::Pause(pause) => pause::run(pause, scope).await,
        Action::Let(lets) => lets::run(lets, scope).await,
        Action::Parallel(_) | Action::Repeat(_) | Action::Use(_) => {
            Err(Trouble::new("steps inside steps are run one by one"))
        }
    }?;
    observed.took_ms = millis(started.elapsed());
    Ok(observed)
}

/// A text as one segment of a path.
fn segment(text: &str) -> String {
    const KEPT: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    percent_encoding::utf8_percent_encode(text, KEPT).to_string()
}
