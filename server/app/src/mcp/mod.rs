//! The MCP endpoint of a workspace: JSON-RPC over Streamable HTTP, without sessions.
//!
//! Reading order: [`message`] (is it a request, a notification, a client's answer), [`version`] (what
//! clients and server agree on), [`methods`] (what may be asked), [`tools`].

pub mod message;
pub mod methods;
pub mod tools;
pub mod version;

use server_types::WorkspaceId;

use crate::App;
use message::Incoming;
pub use message::{Answer, Fault, Unreadable};

/// Answers one POST on behalf of `workspace`; `version` is the `MCP-Protocol-Version` header.
///
/// # Errors
/// [`Unreadable`] when there is no message to answer; that is HTTP 400, anything else 200 or 202.
pub async fn handle(
    app: &App,
    workspace: WorkspaceId,
    version: Option<&str>,
    body: &[u8],
) -> Result<Answer, Unreadable> {
    let incoming = Incoming::parse(body)?;
    if !version.is_none_or(version::is_supported) {
        return Err(Unreadable::Version(incoming.into_id()));
    }
    match incoming {
        Incoming::Request { id, method, params } => {
            let outcome = methods::call(app, workspace, &method, params).await;
            Ok(Answer::reply(id, outcome))
        }
        Incoming::Silent => Ok(Answer::Accepted),
    }
}
