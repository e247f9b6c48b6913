//! An agent speaks to the user in the canvas.
//!
//! First the live event, then the row: the user may already have seen the message, so a failed
//! insert is logged and not reported. The row has the shape of an agent's reply, so that the chat
//! history of the canvas restores text and files after a reload.

use serde_json::{Map, Value, json};
use server_store::{
    DbError, a2a,
    activity::{self, NewActivity, StoredJson, StoredText},
};
use server_types::{EventName, WorkspaceId, WorkspaceStatus, stored::clip};
use thiserror::Error;

use crate::App;

/// Longest text of a message that goes into the summary.
const SUMMARY_TEXT_BYTES_MAX: usize = 80;

/// Why nothing was sent; `Display` is the public text.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// Not JSON, or a field of the wrong form.
    #[error("invalid request body")]
    Invalid,
    /// Nothing to say.
    #[error("message is required")]
    NoMessage,
    /// One bad attachment refuses the whole message: a blank file chip would stay for ever.
    #[error("attachment[{0}]: uri and name are required")]
    Attachment(usize),
    /// Unknown or removed.
    #[error("workspace not found")]
    NotFound,
    /// The workspace could not be looked up.
    #[error("lookup failed")]
    Database(#[from] DbError),
}

impl server_types::PublicText for NotifyError {}

/// A message to the user.
#[derive(Debug)]
pub struct Notice {
    message: String,
    attachments: Vec<Map<String, Value>>,
}

impl Notice {
    /// Reads and judges the request body; unknown fields are ignored.
    ///
    /// # Errors
    /// Everything of [`NotifyError`] that concerns the body.
    pub fn parse(body: &[u8]) -> Result<Self, NotifyError> {
        let Ok(Value::Object(body)) = serde_json::from_slice(body) else { return Err(NotifyError::Invalid) };
        let message = body.get("message").and_then(Value::as_str).unwrap_or_default();
        if message.is_empty() {
            return Err(NotifyError::NoMessage);
        }
        let attachments = match body.get("attachments") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list.iter().enumerate().map(attachment).collect::<Result<_, _>>()?,
            Some(_) => return Err(NotifyError::Invalid),
        };
        Ok(Self { message: message.to_owned(), attachments })
    }

    fn summary(&self) -> String {
        format!("Agent message: {}", clip(&self.message, SUMMARY_TEXT_BYTES_MAX, "…"))
    }

    /// An empty list adds no key, neither here nor in the event.
    fn stored(&self) -> Value {
        let mut body = json!({ "result": self.message });
        if !self.attachments.is_empty() {
            let parts = self.attachments.iter().map(|file| json!({ "kind": "file", "file": file }));
            body["parts"] = parts.collect();
        }
        body
    }

    fn event(&self, workspace: WorkspaceId, name: &str) -> Value {
        let mut payload = json!({ "message": self.message, "workspace_id": workspace, "name": name });
        if !self.attachments.is_empty() {
            payload["attachments"] = json!(self.attachments);
        }
        payload
    }
}

/// Keeps the four known fields of an attachment.
fn attachment((index, given): (usize, &Value)) -> Result<Map<String, Value>, NotifyError> {
    let filled =
        |key: &str| given.get(key).filter(|value| value.as_str().is_some_and(|text| !text.is_empty()));
    let mut file = Map::new();
    for key in ["uri", "name"] {
        file.insert(key.into(), filled(key).ok_or(NotifyError::Attachment(index))?.clone());
    }
    if let Some(mime) = filled("mimeType") {
        file.insert("mimeType".into(), mime.clone());
    }
    if let Some(size) = given.get("size").filter(|size| size.is_u64()) {
        file.insert("size".into(), size.clone());
    }
    Ok(file)
}

/// Shows the message to the user and keeps it for the next reload.
///
/// # Errors
/// See [`NotifyError`]; nothing was shown or kept then.
pub async fn notify(app: &App, workspace: WorkspaceId, notice: &Notice) -> Result<(), NotifyError> {
    let target = a2a::target::target(&app.store.db, workspace).await?;
    let target = target.filter(|row| row.status != WorkspaceStatus::Removed).ok_or(NotifyError::NotFound)?;
    app.events.broadcast(EventName::AgentMessage, workspace, notice.event(workspace, &target.name));
    let row = NewActivity {
        method: Some(StoredText::new("notify")),
        summary: Some(StoredText::new(notice.summary())),
        response_body: Some(StoredJson::from(&notice.stored())),
        ..NewActivity::new(workspace, "a2a_receive")
    };
    if let Err(error) = activity::insert(&app.store.db, &[&row]).await {
        tracing::warn!(%workspace, %error, "notify: the message was shown but not kept");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(body: &Value) -> Result<Notice, NotifyError> {
        Notice::parse(body.to_string().as_bytes())
    }

    /// Ledger: A2A-28, EDGE-105.
    #[test]
    fn one_blank_attachment_refuses_the_whole_message_by_its_index() {
        let good = json!({ "uri": "workspace:/a", "name": "a" });
        let bad =
            [json!({ "uri": "", "name": "a" }), json!({ "uri": "u", "name": "" }), json!({}), json!("x")];
        for bad in bad {
            for (list, index) in [(json!([bad]), 0), (json!([good, bad]), 1)] {
                let refused = parse(&json!({ "message": "m", "attachments": list })).expect_err("refused");
                assert_eq!(refused.to_string(), format!("attachment[{index}]: uri and name are required"));
            }
        }
    }

    /// Ledger: A2A-27.
    #[test]
    fn an_empty_list_of_attachments_adds_no_key() {
        let notice = parse(&json!({ "message": "hi", "attachments": [] })).expect("a notice");
        assert_eq!(notice.stored(), json!({ "result": "hi" }));
        assert!(notice.event(WorkspaceId(uuid::Uuid::nil()), "n").get("attachments").is_none());
    }

    /// Ledger: A2A-27.
    #[test]
    fn attachments_are_announced_as_given_and_kept_as_file_parts() {
        let file =
            json!({ "uri": "workspace:/a", "name": "a.pdf", "mimeType": "application/pdf", "size": 3 });
        let notice = parse(&json!({ "message": "hi", "attachments": [file] })).expect("a notice");
        assert_eq!(notice.stored()["parts"], json!([{ "kind": "file", "file": file }]));
        assert_eq!(notice.event(WorkspaceId(uuid::Uuid::nil()), "n")["attachments"], json!([file]));
    }

    proptest! {
        /// Ledger: A2A-110.
        #[test]
        fn any_text_makes_a_storable_summary_within_its_limit(message in ".+") {
            let notice = parse(&json!({ "message": message })).expect("a notice");
            prop_assert!(notice.summary().len() <= "Agent message: ".len() + SUMMARY_TEXT_BYTES_MAX + "…".len());
            prop_assert!(!StoredText::new(notice.summary()).as_str().contains('\0'));
        }
    }
}
