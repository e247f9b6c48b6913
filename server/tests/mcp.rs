//! The MCP endpoint as clients see it.

use serde_json::{Value, json};

use crate::support::{Answer, Answering as _, TestServer};

struct Client<'a> {
    server: &'a TestServer,
    workspace: String,
    token: String,
}

impl<'a> Client<'a> {
    async fn of(server: &'a TestServer, name: &str) -> Self {
        let workspace = server.workspace(name).await;
        let token = server.token(&workspace).await;
        Self { server, workspace, token }
    }

    fn path(&self) -> String {
        format!("/workspaces/{}/mcp", self.workspace)
    }

    async fn post(&self, body: &str) -> Answer {
        self.server.post(&self.path()).bearer_auth(&self.token).body(body.to_owned()).answer().await
    }

    async fn call(&self, tool: &str) -> Value {
        let params = json!({ "name": tool, "arguments": {} });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let answer = self.post(&body.to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }

    /// The text a tool returns, which is JSON itself.
    async fn result(&self, tool: &str) -> Value {
        let answer = self.call(tool).await;
        let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"));
        serde_json::from_str(text).unwrap_or_else(|_| json!(text))
    }
}

/// Ledger: MEM-112.
#[tokio::test]
async fn a_message_gets_the_answer_its_kind_deserves() {
    let server = TestServer::start([]).await;
    let client = Client::of(&server, "w").await;
    let table = [
        (
            r#"{"jsonrpc":"2.0","id":"a","method":"ping"}"#,
            200,
            json!({ "jsonrpc": "2.0", "id": "a", "result": {} }),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"server/discover"}"#,
            200,
            json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32601, "message": "method not found: server/discover" } }),
        ),
        (
            r#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"nope"}}"#,
            200,
            json!({ "jsonrpc": "2.0", "id": 7, "error": { "code": -32000, "message": "unknown tool: nope" } }),
        ),
        (
            "[]",
            400,
            json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32600, "message": "batch requests are not supported" } }),
        ),
        (
            "{}",
            400,
            json!({ "jsonrpc": "2.0", "id": null, "error": { "code": -32600, "message": "invalid request" } }),
        ),
    ];
    for (body, status, expected) in table {
        let answer = client.post(body).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (status, expected), "{body}");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    let unparsable = client.post("{").await;
    assert_eq!((unparsable.status.as_u16(), &unparsable.json()["error"]["code"]), (400, &json!(-32700)));
    for silent in [
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":{}}"#,
    ] {
        let answer = client.post(silent).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (202, ""), "{silent}");
    }
    let missing = client.post(r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#).await;
    assert_eq!(missing.json()["error"]["code"], -32602);
}

/// Ledger: MEM-111, MEM-113.
#[tokio::test]
async fn revisions_are_negotiated_and_a_foreign_header_is_refused() {
    let server = TestServer::start([]).await;
    let client = Client::of(&server, "w").await;
    let table = [
        (json!("2025-03-26"), "2025-03-26"),
        (json!("2026-07-28"), "2025-11-25"),
        (Value::Null, "2024-11-05"),
    ];
    for (asked, answered) in table {
        let params = json!({ "protocolVersion": asked });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params });
        assert_eq!(client.post(&body.to_string()).await.json()["result"]["protocolVersion"], answered);
    }
    for (version, status) in [("2025-11-25", 200), ("2026-07-28", 400)] {
        let request =
            server.post(&client.path()).bearer_auth(&client.token).header("MCP-Protocol-Version", version);
        let answer = request.body(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#).answer().await;
        assert_eq!(answer.status, status, "{version}");
    }
}

/// Ledger: MEM-109, MEM-114.
#[tokio::test]
async fn only_the_workspaces_own_bearer_may_post_and_nobody_may_stream() {
    let server = TestServer::start([]).await;
    let (client, other) = (Client::of(&server, "w").await, Client::of(&server, "sibling").await);
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(server.post(&client.path()).body(ping).status().await, 401);
    for (token, status) in [("wrong", 401), (other.token.as_str(), 401), (client.token.as_str(), 200)] {
        assert_eq!(
            server.post(&client.path()).bearer_auth(token).body(ping).status().await,
            status,
            "{token}"
        );
    }
    for method in [reqwest::Method::GET, reqwest::Method::DELETE] {
        let answer = server.request(method, &client.path()).bearer_auth(&client.token).answer().await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (405, ""));
        assert_eq!(answer.header("allow"), "POST");
    }
}

#[tokio::test]
async fn the_tools_are_listed_with_their_schemas() {
    let server = TestServer::start([]).await;
    let client = Client::of(&server, "w").await;
    let tools =
        client.post(r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#).await.json()["result"]["tools"]
            .clone();
    let names: Vec<&str> =
        tools.as_array().expect("a list").iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(names, ["list_peers", "get_workspace_info"]);
    for tool in tools.as_array().expect("a list") {
        assert_eq!(tool["inputSchema"], json!({ "type": "object", "properties": {}, "required": [] }));
        assert!(tool["description"].is_string());
    }
}

#[tokio::test]
async fn peers_are_siblings_then_children_then_the_parent() {
    let server = TestServer::start([]).await;
    let client = Client::of(&server, "me").await;
    assert_eq!(client.result("list_peers").await, "No peers found.");
    let (parent, sibling) = (server.workspace("parent").await, server.workspace("sibling").await);
    let (child, removed) = (server.workspace("child").await, server.workspace("removed").await);
    for (id, above) in
        [(&client.workspace, &parent), (&sibling, &parent), (&child, &client.workspace), (&removed, &parent)]
    {
        let update = sqlx::query("update workspaces set parent_id = $2::uuid where id::text = $1")
            .bind(id)
            .bind(above);
        update.execute(&server.app.store.db).await.expect("an update");
    }
    server.sql("update workspaces set status = 'removed' where id::text = $1", &removed).await;
    let peers = client.result("list_peers").await;
    let shown =
        |id: &str, name: &str| json!({ "id": id, "name": name, "role": "", "status": "online", "tier": 1 });
    assert_eq!(peers, json!([shown(&sibling, "sibling"), shown(&child, "child"), shown(&parent, "parent")]));
    let info = client.result("get_workspace_info").await;
    assert_eq!(
        (&info["name"], &info["parent_id"], &info["status"]),
        (&json!("me"), &json!(parent), &json!("online"))
    );
}

/// Ledger: MEM-117, MEM-122.
#[tokio::test]
async fn a_failed_lookup_is_not_an_empty_list_and_names_no_cause() {
    let server = TestServer::start([]).await;
    let client = Client::of(&server, "w").await;
    server.sql("alter table workspaces rename column role to leaked_role", "").await;
    for tool in ["list_peers", "get_workspace_info"] {
        let answer = client.call(tool).await;
        assert_eq!(answer["error"], json!({ "code": -32000, "message": "lookup failed" }), "{tool}");
    }
}
