//! `POST /admin/workspaces/{id}/bootstrap-failed`: the machine's watcher says that the boot failed.

use serde_json::json;
use server_store::{
    DbError,
    status::{self, Change},
};
use server_types::{EventName, Trigger, WorkspaceId, stored::clip};

use crate::App;

/// Most bytes kept of the log tail, and of the stored text.
const BYTES_MAX: usize = 8192;
const CUT_MARK: &str = "...(truncated)...\n";
const NO_ERROR: &str = "bootstrap failed — see log_tail";

impl App {
    /// Fails a workspace that is still provisioning; false when it is not.
    ///
    /// # Errors
    /// The database failed.
    pub async fn bootstrap_failed(
        &self,
        id: WorkspaceId,
        error: &str,
        log_tail: &str,
    ) -> Result<bool, DbError> {
        let error = if error.trim().is_empty() { NO_ERROR } else { error };
        let tail = last_bytes(log_tail);
        let stored = clip(&format!("{error}\n\n{tail}"), BYTES_MAX, "").replace('\0', "\u{FFFD}");
        let change = status::fail(&self.store.db, id, Trigger::BootstrapFailed, &stored).await?;
        if change == Change::Lost {
            return Ok(false);
        }
        let clean = |text: &str| text.replace('\0', "\u{FFFD}");
        let payload = json!({"error": clean(error), "log_tail": clean(&tail), "source": "bootstrap_watcher"});
        self.events.record_or_log(EventName::WorkspaceProvisionFailed, id, payload).await;
        Ok(true)
    }
}

/// The end of the log, where the cause is.
fn last_bytes(text: &str) -> String {
    if text.len() <= BYTES_MAX {
        return text.to_owned();
    }
    let fits = |at: &usize| text.is_char_boundary(*at);
    let start = (text.len() - BYTES_MAX..text.len()).find(fits).unwrap_or(text.len());
    format!("{CUT_MARK}{}", &text[start..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cuts_keep_whole_characters_and_the_right_end(text in "[aé€😀]{0,4000}") {
            let tail = last_bytes(&text);
            prop_assert!(tail.len() <= BYTES_MAX + CUT_MARK.len());
            prop_assert_eq!(tail == text, text.len() <= BYTES_MAX);
            prop_assert!(text.ends_with(tail.trim_start_matches(CUT_MARK)));
        }
    }
}
