//! External workspaces: no container, an operator runs the agent.

use secrecy::SecretString;
use serde_json::json;
use server_types::{EventName, WorkspaceId, WorkspaceStatus};

use super::{connection::Connection, create::Created, draft::Draft};
use crate::{App, auth::minted};

impl App {
    /// Announces a stored external workspace, and says how to connect one that has no URL yet.
    pub(super) async fn welcome_external(
        &self,
        id: WorkspaceId,
        draft: &Draft,
        platform_url: &str,
    ) -> Created {
        let payload = json!({"name": draft.name, "external": true});
        if let Some(url) = &draft.url {
            if let Err(error) = self.store.cache.set_url(id, url).await {
                tracing::warn!(%error, workspace = %id, "external URL is not cached");
            }
            self.events.record_or_log(EventName::WorkspaceOnline, id, payload).await;
            return Created::External { id, status: WorkspaceStatus::Online, connection: None };
        }
        let token = self.token_of_new_external(id).await;
        self.events.record_or_log(EventName::WorkspaceAwaitingAgent, id, payload).await;
        let connection = Some(Box::new(Connection::new(id, platform_url, token)));
        Created::External { id, status: WorkspaceStatus::AwaitingAgent, connection }
    }

    /// A workspace without a token can still bootstrap by registering, so a failed mint is not fatal.
    async fn token_of_new_external(&self, id: WorkspaceId) -> Option<SecretString> {
        match minted::for_workspace(&self.store.db, id).await {
            Ok(minted) => Some(minted.reveal().into()),
            Err(error) => {
                tracing::error!(%error, workspace = %id, "no token could be minted for the external workspace");
                None
            }
        }
    }
}
