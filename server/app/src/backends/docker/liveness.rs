//! Whether a container runs, by looking at it.

use super::{Docker, ShortId, is_missing};
use crate::backends::Liveness;

impl Docker {
    /// Looks at a workspace's container; whatever is not certain is unknown.
    pub(crate) async fn liveness(&self, short: &ShortId) -> Liveness {
        let container = short.container();
        match self.engine.inspect_container(&container, None).await {
            Ok(found) => match found.state.and_then(|state| state.running) {
                Some(true) => Liveness::Running,
                Some(false) => Liveness::Gone,
                None => Liveness::Unknown(format!("the engine does not say whether {container} runs")),
            },
            Err(error) if is_missing(&error) => Liveness::Gone,
            Err(error) => Liveness::Unknown(format!("inspect {container}: {error}")),
        }
    }
}
