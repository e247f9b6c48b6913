//! What became of a message that waited: told to its sender and its target, to nobody else.

use server_store::{
    DbError,
    a2a::item::{self, Item},
};
use server_types::{QueueItemId, WorkspaceId};

use crate::{App, auth::queue::QueueReader};

/// The message, if it is one of `workspace` and the reader may see it; who may not is told the same as
/// of a message that never was (#2329).
///
/// # Errors
/// The queue could not be read.
pub async fn look(
    app: &App,
    reader: QueueReader,
    workspace: WorkspaceId,
    id: QueueItemId,
) -> Result<Option<Item>, DbError> {
    let found = item::find(&app.store.db, id).await?;
    Ok(found.filter(|item| {
        QueueReader::Workspace(workspace).may_read(item.caller_id, item.workspace_id)
            && reader.may_read(item.caller_id, item.workspace_id)
    }))
}
