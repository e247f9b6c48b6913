//! Messages that wait until a busy agent has room.

use server_store::{
    DbError,
    a2a::queue::{self, NewItem},
    activity::{StoredJson, StoredText},
};
use server_types::{QueueItemId, limits::A2A_QUEUE_LIFETIME_SECS_MAX};
use sha2::{Digest, Sha256};

use super::attempt::Attempt;
use crate::App;

/// Longest message id that is a key as it stands; an index entry cannot hold much more.
const KEY_BYTES_MAX: usize = 512;

/// A message that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queued {
    /// Its public id.
    pub id: QueueItemId,
    /// How many wait for this agent, it included.
    pub depth: i64,
}

/// Keeps the message; one that is already waiting under the same message id is not kept twice.
pub(super) async fn enqueue(app: &App, attempt: &Attempt) -> Result<Queued, DbError> {
    let body = StoredJson::parse(attempt.message.text()).expect("normalised bodies are JSON");
    let method = StoredText::new(attempt.message.method());
    let key = attempt.message.message_id().map(idempotency_key);
    let item = NewItem {
        target: attempt.target,
        caller: attempt.caller.workspace(),
        body: &body,
        method: method.as_str(),
        idempotency_key: key.as_deref(),
        expires_in_secs: attempt.message.expires_in_secs().map(lifetime),
    };
    let id = match queue::enqueue(&app.store.db, &item).await {
        // The twin it collided with ended in the same instant: now there is room.
        Err(DbError::RowNotFound) => queue::enqueue(&app.store.db, &item).await?,
        done => done?,
    };
    let depth = queue::depth(&app.store.db, attempt.target).await?;
    Ok(Queued { id, depth })
}

fn lifetime(secs: u64) -> i64 {
    i64::try_from(secs.min(A2A_QUEUE_LIFETIME_SECS_MAX)).unwrap_or(i64::MAX)
}

fn idempotency_key(message_id: &str) -> String {
    if message_id.len() <= KEY_BYTES_MAX {
        return StoredText::new(message_id).to_string();
    }
    format!("sha256:{}", hex::encode(Sha256::digest(message_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: A2A-63.
    #[test]
    fn an_absurd_lifetime_is_clamped_to_thirty_days() {
        assert_eq!(lifetime(60), 60);
        assert_eq!(lifetime(u64::MAX), 30 * 24 * 60 * 60);
    }

    #[test]
    fn a_message_id_is_its_own_key_until_no_index_could_hold_it() {
        assert_eq!(idempotency_key("msg-1"), "msg-1");
        let (one, other) = (idempotency_key(&"a".repeat(5000)), idempotency_key(&"b".repeat(5000)));
        assert!(one != other && one.len() < KEY_BYTES_MAX);
    }
}
