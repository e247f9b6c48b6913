//! Activity: reported, read, pruned; and messages to the user.

mod history;
mod notify;
mod report;
mod retention;
mod together;

use serde_json::{Value, json};

use crate::support::{Answering as _, TestServer};

/// A workspace and its token.
struct Agent {
    id: String,
    token: String,
}

async fn agent(server: &TestServer, name: &str) -> Agent {
    let id = server.workspace(name).await;
    let token = server.token(&id).await;
    Agent { id, token }
}

impl Agent {
    async fn post(&self, server: &TestServer, what: &str, body: &Value) -> crate::support::Answer {
        server
            .post(&format!("/workspaces/{}/{what}", self.id))
            .bearer_auth(&self.token)
            .json(body)
            .answer()
            .await
    }

    async fn read(&self, server: &TestServer, query: &str) -> crate::support::Answer {
        server
            .get(&format!("/workspaces/{}/activity?{query}", self.id))
            .bearer_auth(&self.token)
            .answer()
            .await
    }

    /// The rows a query returns.
    async fn rows(&self, server: &TestServer, query: &str) -> Vec<Value> {
        let answer = self.read(server, query).await;
        assert_eq!(answer.status, 200, "{query}: {answer:?}");
        serde_json::from_str(&answer.body).expect("an array")
    }

    /// The `method` of each row that a query returns: the tests name their rows by it.
    async fn named(&self, server: &TestServer, query: &str) -> Vec<String> {
        let rows = self.rows(server, query).await;
        rows.iter().map(|row| row["method"].as_str().unwrap_or_default().to_owned()).collect()
    }
}
