//! The way of a call: body, log, count, fault, route, mar, status.

pub(crate) mod facts;

use std::time::Duration;

use axum::{
    Router,
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use http::{Request, StatusCode, request::Parts};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use tower::ServiceExt;

use crate::{
    auth::{self, Unauthorized},
    control,
    fault::{Dropped, Hit, Script, ScriptedBody, mar},
    fingerprint::without_credentials,
    routes::{self, Unknown},
    state::{Call, Logged},
    stub::Stub,
};

/// Largest request body.
const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest a hanging call is held when nobody removes its fault.
const HANG_MAX: Duration = Duration::from_secs(600);

/// What a fault changes inside a route, handed over as a request extension.
#[derive(Clone, Default)]
pub(crate) struct Scripted(pub(crate) Option<Script>);

/// Both sets of routes, ready to be called.
#[derive(Clone)]
pub(crate) struct Front {
    stub: Stub,
    control: Router,
    routes: Router,
}

impl Front {
    pub(crate) fn new(stub: Stub) -> Self {
        Self { control: control::router(stub.clone()), routes: routes::router(stub.clone()), stub }
    }

    /// Answers one call, or drops its connection when a fault says so.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Result<Response, Dropped> {
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
            return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        };
        let body = body.to_bytes();
        if parts.uri.path().starts_with("/__stub/") {
            return Ok(call(&self.control, parts, body).await);
        }
        let (seq, hit) = self.arrive(&parts, &body);
        let response = self.act(parts, body, hit).await?;
        self.leave(seq, &response);
        Ok(response)
    }

    /// Logs and counts a call and finds the fault that hits it.
    fn arrive(&self, parts: &Parts, body: &Bytes) -> (u64, Option<Hit>) {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let config = self.stub.config();
        let mut state = self.stub.state();
        let facts = facts::of(&state, parts, json.as_ref());
        let entry = Logged {
            seq: 0,
            ts: chrono::Utc::now(),
            method: facts.method.clone(),
            path: facts.path.clone(),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: without_credentials(&parts.headers),
            credentials: auth::presented(
                &state,
                &config.shared_secret,
                &config.admin_api_token,
                &parts.headers,
            ),
            org_id: facts.org_id.clone(),
            workspace_id: facts.workspace_id.clone(),
            body: json.unwrap_or_else(|| Value::String(String::from_utf8_lossy(body).into_owned())),
            status: None,
            fault: None,
        };
        let seq = state.log.open(entry);
        if let Some(counted) = Call::of(&parts.method, &facts.path) {
            state.count(facts.org_id.as_deref(), |counters| counters.add(counted));
        }
        let hit = state.faults.hit(&facts);
        if let Some(hit) = &hit {
            state.log.set_fault(seq, &hit.id);
        }
        (seq, hit)
    }

    /// The fault's part before the route, the route, the fault's part after it.
    async fn act(&self, parts: Parts, body: Bytes, hit: Option<Hit>) -> Result<Response, Dropped> {
        let Some(Hit { action, released, .. }) = hit else {
            return Ok(self.route(parts, body, Scripted::default()).await);
        };
        tokio::time::sleep(Duration::from_millis(action.delay_ms)).await;
        match &action.script {
            Script::Status { status, body, headers } => Ok(scripted(*status, body, headers)),
            Script::CloseBefore => Err(Dropped),
            Script::Hang => {
                // An Err of the timeout means the same as a removal: the call ends unanswered.
                let _ = tokio::time::timeout(HANG_MAX, released.cancelled()).await;
                Err(Dropped)
            }
            script => {
                let response = self.route(parts, body, Scripted(Some(script.clone()))).await;
                mar(response, script).await
            }
        }
    }

    async fn route(&self, mut parts: Parts, body: Bytes, scripted: Scripted) -> Response {
        parts.extensions.insert(scripted);
        let facts = facts::of(&self.stub.state(), &parts, serde_json::from_slice(&body).ok().as_ref());
        let response = call(&self.routes, parts, body).await;
        let mut state = self.stub.state();
        if response.extensions().get::<Unauthorized>().is_some() {
            state.count(facts.org_id.as_deref(), crate::state::Counters::add_unauthorized);
        }
        if response.extensions().get::<Unknown>().is_some() {
            let route = format!("{} {}", facts.method, facts.path);
            state.count(facts.org_id.as_deref(), |counters| counters.add_unknown(&route));
        }
        drop(state);
        response
    }

    fn leave(&self, seq: u64, response: &Response) {
        self.stub.state().log.set_status(seq, response.status().as_u16());
    }
}

async fn call(router: &Router, parts: Parts, body: Bytes) -> Response {
    let answered = router.clone().oneshot(Request::from_parts(parts, Body::from(body))).await;
    answered.unwrap_or_else(|never| match never {})
}

fn scripted(
    status: u16,
    body: &ScriptedBody,
    headers: &std::collections::BTreeMap<String, String>,
) -> Response {
    let mut response = match body {
        ScriptedBody::Empty => Body::empty().into_response(),
        ScriptedBody::Text(text) => Body::from(text.clone()).into_response(),
        ScriptedBody::Json(json) => axum::Json(json).into_response(),
    };
    *response.status_mut() =
        StatusCode::from_u16(status).expect("a fault's status was checked when it was added");
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), value.parse::<http::HeaderValue>())
        {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
