//! The methods of the protocol.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use server_types::WorkspaceId;

use super::{Fault, tools::Tool, version};
use crate::App;

/// Answers one request.
///
/// # Errors
/// [`Fault`] becomes the JSON-RPC error.
pub async fn call(app: &App, workspace: WorkspaceId, method: &str, params: Value) -> Result<Value, Fault> {
    match method {
        "initialize" => Ok(initialize(&params)),
        "ping" => Ok(json!({})),
        "tools/list" => Ok(json!({ "tools": Tool::ALL.map(Tool::describe) })),
        "tools/call" => call_tool(app, workspace, &params).await,
        _ => Err(Fault::method_not_found(method)),
    }
}

fn initialize(params: &Value) -> Value {
    json!({
        "protocolVersion": version::negotiate(params.get("protocolVersion").and_then(Value::as_str)),
        "capabilities": { "tools": { "listChanged": false } },
        "serverInfo": { "name": "molecule-a2a", "version": "1.0.0" },
    })
}

async fn call_tool(app: &App, workspace: WorkspaceId, params: &Value) -> Result<Value, Fault> {
    let params = params.as_object().ok_or_else(|| Fault::invalid_params("an object is required"))?;
    let name = params.get("name").and_then(Value::as_str).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Fault::invalid_params("name is required"))?;
    if params.get("arguments").is_some_and(|given| !given.is_object() && !given.is_null()) {
        return Err(Fault::invalid_params("arguments must be an object"));
    }
    let tool = Tool::named(name).ok_or_else(|| Fault::tool(format!("unknown tool: {name}")))?;
    // A tool that panics must answer its own caller and nobody else.
    let ran = AssertUnwindSafe(tool.run(app, workspace)).catch_unwind().await;
    let text = ran.unwrap_or_else(|_| {
        tracing::error!(%workspace, tool = name, "MCP: tool panicked");
        Err(Fault::tool("internal error"))
    })?;
    Ok(json!({ "content": [{ "type": "text", "text": text }] }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initialize_names_the_server_and_the_agreed_revision() {
        let answer = initialize(&json!({ "protocolVersion": "2025-06-18" }));
        assert_eq!(answer["protocolVersion"], "2025-06-18");
        assert_eq!(answer["serverInfo"], json!({ "name": "molecule-a2a", "version": "1.0.0" }));
        assert_eq!(answer["capabilities"]["tools"]["listChanged"], false);
    }
}
