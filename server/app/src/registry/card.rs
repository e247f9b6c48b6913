//! `POST /registry/update-card`: an agent changed what it can do.

use serde_json::{Value, json};
use server_store::{DbError, workspaces::register as rows};
use server_types::{EventName, WorkspaceId};

use crate::App;

impl App {
    /// Stores the card and announces it; an unknown workspace changes and announces nothing.
    ///
    /// # Errors
    /// The database failed.
    pub async fn update_card(&self, id: WorkspaceId, card: Value) -> Result<(), DbError> {
        if rows::update_card(&self.store.db, id, &card).await? {
            self.events.record_or_log(EventName::AgentCardUpdated, id, json!({"agent_card": card})).await;
        }
        Ok(())
    }
}
