//! What most tests of workspaces do: as the administrator, as an agent, as an operator with SQL.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use server_types::WorkspaceId;

use super::{
    Answer, Answering, TestServer, eventually,
    plane::{ADMIN, ORG},
};

/// The typed id.
pub(crate) fn id(text: &str) -> WorkspaceId {
    WorkspaceId::canonical(text).expect("an id")
}

impl TestServer {
    /// A request of the tenant's administrator.
    pub(crate) fn admin(&self, method: Method, path: &str) -> RequestBuilder {
        self.request(method, path).bearer_auth(ADMIN).header("X-Molecule-Org-Id", ORG)
    }

    /// Creates a workspace; the test fails unless it was created.
    pub(crate) async fn create(&self, body: Value) -> Value {
        let created = self.try_create(&body).await;
        assert_eq!(created.status.as_u16(), 201, "{created:?}");
        created.json()
    }

    /// Asks for a workspace.
    pub(crate) async fn try_create(&self, body: &Value) -> Answer {
        self.admin(Method::POST, "/workspaces").json(body).answer().await
    }

    /// Creates a workspace and returns its id.
    pub(crate) async fn created(&self, body: Value) -> String {
        self.create(body).await["id"].as_str().expect("an id").to_owned()
    }

    /// Registers an agent.
    pub(crate) async fn register(&self, body: &Value, bearer: &str) -> Answer {
        self.post("/registry/register").bearer_auth(bearer).json(body).answer().await
    }

    /// Registers a poller and returns its token.
    pub(crate) async fn registered(&self, workspace: &str) -> String {
        let body = json!({"id": workspace, "agent_card": {}, "delivery_mode": "poll"});
        let answer = self.register(&body, "none").await;
        assert_eq!(answer.status.as_u16(), 200, "{answer:?}");
        answer.json()["auth_token"].as_str().expect("a first token").to_owned()
    }

    /// Sends a heartbeat; `fields` join the workspace id.
    pub(crate) async fn beat(&self, workspace: &str, bearer: &str, mut fields: Value) -> Answer {
        fields["workspace_id"] = workspace.into();
        self.post("/registry/heartbeat").bearer_auth(bearer).json(&fields).answer().await
    }

    /// Deletes a workspace.
    pub(crate) async fn delete(&self, workspace: &str, query: &str) -> Answer {
        self.admin(Method::DELETE, &format!("/workspaces/{workspace}{query}")).answer().await
    }

    /// The status in the database.
    pub(crate) async fn db_status(&self, workspace: &str) -> String {
        self.sql_value("select status::text from workspaces where id = $1::uuid", workspace).await
    }

    /// Puts a row where a test needs it.
    pub(crate) async fn set_status(&self, workspace: &str, status: &str) {
        let statement = "update workspaces set status = split_part($1, ' ', 2)::workspace_status
                         where id = split_part($1, ' ', 1)::uuid";
        self.sql(statement, &format!("{workspace} {status}")).await;
    }

    /// Waits until the row has the status.
    pub(crate) async fn becomes(&self, workspace: &str, status: &str) {
        eventually(async || self.db_status(workspace).await, |seen| seen == status).await;
    }

    /// Names of a workspace's recorded events, oldest first.
    pub(crate) async fn events_of(&self, workspace: &str) -> Vec<String> {
        let query = "select coalesce(array_agg(event_type order by created_at), '{}') from structure_events
                     where workspace_id = $1::uuid";
        self.sql_value(query, workspace).await
    }

    /// The payload of a workspace's newest event of a kind; `null` when there is none.
    pub(crate) async fn payload_of(&self, workspace: &str, event: &str) -> Value {
        let query = "select coalesce((select payload from structure_events
                         where workspace_id = split_part($1, ' ', 1)::uuid and event_type = split_part($1, ' ', 2)
                         order by created_at desc limit 1), 'null'::jsonb)";
        self.sql_value(query, &format!("{workspace} {event}")).await
    }

    /// A row count.
    pub(crate) async fn count(&self, query: &'static str, parameter: &str) -> i64 {
        self.sql_value(query, parameter).await
    }
}
