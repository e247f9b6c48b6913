//! A running server for a test: the wiring function of production, a database of its own.
//!
//! The cluster is `TEST_DATABASE_URL` where set, else one started from the system's binaries for this
//! test process; either way each server gets a fresh copy of a migrated template database.

pub(crate) mod acting;
mod database;
pub(crate) mod engine;
pub(crate) mod plane;
pub(crate) mod process;
mod upstream;

use std::{net::SocketAddr, time::Duration};

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;
use server_app::{App, Config, Context, clients::install_tls, config::Environment};
use server_store::{Cache, Store};
use tokio::{net::TcpListener, time::Instant};

pub(crate) use upstream::{Seen, Upstream, nobody};

/// Longest wait for a condition in a test.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

/// An address at which no engine answers.
pub(crate) const NO_ENGINE: &str = "unix:///nonexistent/docker.sock";

/// A server under test; stopped and its database dropped when the value goes.
pub(crate) struct TestServer {
    /// The application behind it, for looking inside.
    pub(crate) app: App,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    client: reqwest::Client,
    _database: database::Database,
}

/// An answer, read completely.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl TestServer {
    /// A server with this environment on a fresh database.
    pub(crate) async fn start<const N: usize>(env: [(&str, &str); N]) -> Self {
        Self::with(Environment::from(env)).await
    }

    /// As [`Self::start`], for environments built at run time.
    pub(crate) async fn with(mut env: Environment) -> Self {
        install_tls();
        // A test that names no engine must not find the machine's.
        env.merge_below([("DOCKER_HOST".to_owned(), NO_ENGINE.to_owned())]);
        let (config, _) = Config::read(&env).expect("the test's environment is valid");
        let database = database::fresh().await;
        let cache = Cache::in_process(config.org_id.as_deref());
        let store = Store::connect(database.url(), cache).await.expect("the test database answers");
        let app = server::boot::wire(config, store, Context::default()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let stop = app.context.stop.clone();
        tokio::spawn(server::serve::serve_until(
            app.clone(),
            listener,
            async move { stop.cancelled().await },
        ));
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        Self { app, address, client: client.build().expect("a client"), _database: database }
    }

    /// `Host` of this server, as a browser would send it.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// A request to this server.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    /// A `GET` request.
    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// A `POST` request.
    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    /// Runs a statement with one text parameter, as an operator would.
    pub(crate) async fn sql(&self, statement: &'static str, parameter: &str) {
        sqlx::query(statement).bind(parameter).execute(&self.app.store.db).await.expect("the test's own SQL");
    }

    /// One value of a query with one text parameter.
    pub(crate) async fn sql_value<T>(&self, query: &'static str, parameter: &str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let row = sqlx::query_scalar(query).bind(parameter).fetch_one(&self.app.store.db);
        row.await.expect("the test's own SQL")
    }

    /// A workspace row without anything behind it.
    pub(crate) async fn workspace(&self, name: &str) -> String {
        let query = "insert into workspaces (name, status) values ($1, 'online') returning id::text";
        self.sql_value(query, name).await
    }

    /// A live token of a workspace.
    pub(crate) async fn token(&self, workspace: &str) -> String {
        let id = server_types::WorkspaceId::canonical(workspace).expect("an id");
        let minted = server_app::auth::minted::for_workspace(&self.app.store.db, id).await;
        minted.expect("the workspace exists").reveal()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.app.context.stop.cancel();
    }
}

impl Answer {
    /// The body as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    /// A header as text; empty when absent, all values when repeated.
    pub(crate) fn header(&self, name: &str) -> String {
        let values = self.headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
        values.collect::<Vec<_>>().join(" | ")
    }

    /// Demands a refusal with this status and public text.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) {
        assert_eq!((self.status.as_u16(), self.json()["error"].as_str()), (status, Some(error)), "{self:?}");
    }

    /// Demands a status without any body.
    #[track_caller]
    pub(crate) fn empty(&self, status: u16) {
        assert_eq!((self.status.as_u16(), self.body.as_str()), (status, ""), "{self:?}");
        assert!(!self.headers.contains_key("content-type"), "{self:?}");
    }
}

/// Sends and reads the whole answer.
pub(crate) trait Answering {
    /// The answer.
    async fn answer(self) -> Answer;
    /// Only its status.
    async fn status(self) -> u16;
}

impl Answering for RequestBuilder {
    async fn answer(self) -> Answer {
        let response = RequestBuilder::send(self).await.expect("the server answers");
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.text().await.expect("a readable body") }
    }

    async fn status(self) -> u16 {
        self.answer().await.status.as_u16()
    }
}

/// Polls until `condition` holds; fails the test with its last value otherwise.
pub(crate) async fn eventually<T: std::fmt::Debug>(
    mut look: impl AsyncFnMut() -> T,
    condition: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let seen = look().await;
        if condition(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "still {seen:?} after {DEADLINE:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
