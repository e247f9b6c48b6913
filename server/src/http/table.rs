//! The route table: a route cannot be registered without saying who may call it.
//!
//! [`Table`] is the only way to add a route, so the list of (method, path, class) is complete by
//! construction; `middleware::authenticate` enforces the class from the same list.

use axum::{
    Router,
    handler::Handler,
    http::Method,
    routing::{MethodFilter, MethodRouter, on},
};
use server_app::App;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthClass {
    /// Anybody who passes the tenant guard.
    None,
    /// Administrators; the handler takes [`crate::http::extract::AdminAuth`].
    Admin,
    /// The workspace of `{id}` or somebody above it; [`crate::http::extract::WorkspaceAuth`].
    Workspace,
    /// As [`Self::Workspace`], then the workspace's own token only; [`crate::http::extract::OwnToken`].
    WorkspaceOwnToken,
    /// `PUT /canvas/viewport`; [`crate::http::extract::CanvasAuth`].
    CanvasOrBearer,
    /// The workspace named in the body: `server_app::auth::registry` in the handler.
    Registry,
    /// [`crate::http::extract::DiscoveryCaller`] or [`crate::http::extract::PeersCaller`].
    Discovery,
    /// `server_app::auth::a2a` in the handler.
    A2aCaller,
    /// [`crate::http::extract::QueueAuth`].
    QueueReader,
    /// [`crate::http::extract::SocketAuth`].
    Socket,
    /// `server_app::auth::test_token` in the handler.
    TestToken,
}

/// A limiter of one route, behind authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// 120 a minute and bearer.
    Mcp,
    /// 10 an hour and address.
    OrgTokenMint,
}

/// One registered route.
#[derive(Clone, Debug)]
pub struct Row {
    /// Method.
    pub method: Method,
    /// Path in axum's form, `/workspaces/{id}`.
    pub path: &'static str,
    /// Who may call it.
    pub class: AuthClass,
    /// Its own limiter, if any.
    pub limit: Option<Limit>,
}

/// Routes under construction.
#[derive(Default)]
pub struct Table {
    router: Router<App>,
    rows: Vec<Row>,
}

impl Table {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a `GET` route.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        class: AuthClass,
        handler: H,
    ) -> Self {
        self.add(Method::GET, path, class, on(MethodFilter::GET, handler))
    }

    /// Adds a `POST` route.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        class: AuthClass,
        handler: H,
    ) -> Self {
        self.add(Method::POST, path, class, on(MethodFilter::POST, handler))
    }

    /// Adds a `PUT` route.
    #[must_use]
    pub fn put<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        class: AuthClass,
        handler: H,
    ) -> Self {
        self.add(Method::PUT, path, class, on(MethodFilter::PUT, handler))
    }

    /// Adds a `PATCH` route.
    #[must_use]
    pub fn patch<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        class: AuthClass,
        handler: H,
    ) -> Self {
        self.add(Method::PATCH, path, class, on(MethodFilter::PATCH, handler))
    }

    /// Adds a `DELETE` route.
    #[must_use]
    pub fn delete<H: Handler<T, App>, T: 'static>(
        self,
        path: &'static str,
        class: AuthClass,
        handler: H,
    ) -> Self {
        self.add(Method::DELETE, path, class, on(MethodFilter::DELETE, handler))
    }

    /// Gives the route added last a limiter of its own.
    #[must_use]
    pub fn limited(mut self, limit: Limit) -> Self {
        self.rows.last_mut().expect("a limit follows a route").limit = Some(limit);
        self
    }

    /// Takes over the routes of another table.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.rows.extend(other.rows);
        Self { router: self.router.merge(other.router), rows: self.rows }
    }

    /// Every route, in order of registration.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The routes and their list.
    pub fn into_parts(self) -> (Router<App>, Vec<Row>) {
        (self.router, self.rows)
    }

    fn add(mut self, method: Method, path: &'static str, class: AuthClass, route: MethodRouter<App>) -> Self {
        self.rows.push(Row { method, path, class, limit: None });
        Self { router: self.router.route(path, route), rows: self.rows }
    }
}

/// A path in the form of logs, metrics and documentation: `/workspaces/:id`.
pub fn colon_form(path: &str) -> String {
    let segment = |segment: &str| match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(name) if name.starts_with('*') => name.to_owned(),
        Some(name) => format!(":{name}"),
        None => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}
