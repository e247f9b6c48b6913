//! `send_message_to_user(message, paths)`: shows a message, and files, in the user's chat.
//!
//! All or nothing: the files are uploaded first, and with one missing the user is told nothing.

use http::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{Told, ask::ask, text_arg};
use crate::agent::{platform::Caller, serve::ingest::mime_of_name, standin::Agent};

pub(super) async fn run(agent: &Agent, caller: &Caller, args: &Value) -> Told {
    let Some(message) = text_arg(args, "message") else { return Told::failed("message is required") };
    let paths: Vec<&str> =
        args.get("paths").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let attachments = match upload(agent, caller, &paths).await {
        Ok(attachments) => attachments,
        Err(reason) => return Told::failed(reason),
    };
    let mut body = json!({ "message": message });
    if !attachments.is_empty() {
        body["attachments"] = Value::Array(attachments);
    }
    let path = format!("/workspaces/{}/notify", caller.workspace_id);
    let call = caller.request(&agent.http(), Method::POST, &path).json(&body);
    match ask(caller, &path, call).await {
        Ok(answered) if answered.is_success() => Told::done("Message sent to the user.", body),
        Ok(answered) => Told::failed(answered.failure(&caller.workspace_id)),
        Err(reason) => Told::failed(reason),
    }
}

/// The attachments of the files, each with its true type; without that the user's side could only guess.
async fn upload(agent: &Agent, caller: &Caller, paths: &[&str]) -> Result<Vec<Value>, String> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut form = Form::new();
    for path in paths {
        let bytes = tokio::fs::read(agent.disk().real(path))
            .await
            .map_err(|error| format!("Could not read {path}: {}. Nothing was sent.", error.kind()))?;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let part = Part::bytes(bytes).mime_str(mime_of_name(&name)).map_err(|error| error.to_string())?;
        form = form.part("files", part.file_name(name));
    }
    let path = format!("/workspaces/{}/chat/uploads", caller.workspace_id);
    let call = caller.request(&agent.http(), Method::POST, &path).multipart(form);
    let answered = ask(caller, &path, call).await?;
    if !answered.is_success() {
        return Err(format!("Upload failed, nothing was sent. {}", answered.failure(&caller.workspace_id)));
    }
    let files = answered.json.as_ref().and_then(|json| json.get("files")).and_then(Value::as_array).cloned();
    files.ok_or_else(|| "Upload answered without files; nothing was sent.".to_owned())
}
