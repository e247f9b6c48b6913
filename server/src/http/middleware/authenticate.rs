//! Enforces each route's auth class from the route table, then the route's own limiter.
//!
//! The proof lands in the request's extensions, where the extractors of `http::extract` take it.

use std::collections::HashMap;

use axum::{
    extract::{MatchedPath, RawPathParams, Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use server_app::auth::{self, Caller, Credentials, Refused};
use server_types::WorkspaceId;

use super::{Edge, rate_limit};
use crate::http::{
    refusal::Refusal,
    table::{AuthClass, Limit, Row},
};

/// Classes by path and method.
pub(super) struct Classes(HashMap<&'static str, Vec<Row>>);

impl Classes {
    pub(super) fn new(rows: Vec<Row>) -> Self {
        let mut classes: HashMap<_, Vec<_>> = HashMap::new();
        for row in rows {
            classes.entry(row.path).or_default().push(row);
        }
        Self(classes)
    }

    /// `HEAD` is answered by the `GET` route, so it is judged as one.
    fn of(&self, method: &Method, path: &str) -> Option<&Row> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|row| row.method == *method)
    }
}

/// Who passed the class of this route.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    Admin(Caller),
    Workspace(Caller),
    Canvas,
}

/// Lets the caller through with a proof, or answers for the handler.
pub async fn layer(
    State(edge): State<Edge>,
    path: MatchedPath,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    // A method that no row names is answered by the unmatched fallback, never by a handler.
    let Some(row) = edge.classes.of(request.method(), path.as_str()) else { return next.run(request).await };
    let shown = Credentials::of(request.headers(), &edge.app.config);
    match prove(&edge, row.class, &shown, &params).await {
        Ok(Some(proof)) => drop(request.extensions_mut().insert(proof)),
        Ok(None) => {}
        Err(refused) => return Refusal::from(refused).into_response(),
    }
    let verdict = match row.limit {
        None => return next.run(request).await,
        Some(Limit::Mcp) => rate_limit::mcp(&edge, shown.bearer.as_ref()),
        Some(Limit::OrgTokenMint) => rate_limit::org_token_mint(&edge, &request),
    };
    match verdict {
        Err(refusal) => *refusal,
        Ok(verdict) => {
            let mut response = next.run(request).await;
            rate_limit::announce(response.headers_mut(), verdict);
            response
        }
    }
}

async fn prove(
    edge: &Edge,
    class: AuthClass,
    shown: &Credentials,
    params: &RawPathParams,
) -> Result<Option<Proof>, Refused> {
    let app = &edge.app;
    match class {
        AuthClass::Admin => {
            auth::admin::authenticate(app, shown).await.map(|caller| Some(Proof::Admin(caller)))
        }
        AuthClass::Workspace | AuthClass::WorkspaceOwnToken => {
            let id = params.iter().find(|(name, _)| *name == "id");
            let id = id.and_then(|(_, id)| WorkspaceId::canonical(id));
            let caller = auth::workspace::authenticate(app, shown, id).await?;
            Ok(Some(Proof::Workspace(caller)))
        }
        AuthClass::CanvasOrBearer => {
            auth::canvas::authenticate(app, shown).await.map(|_| Some(Proof::Canvas))
        }
        AuthClass::None
        | AuthClass::Registry
        | AuthClass::Discovery
        | AuthClass::A2aCaller
        | AuthClass::QueueReader
        | AuthClass::Socket
        | AuthClass::TestToken => Ok(None),
    }
}
