//! Is an agent that does not answer dead? Only a certain "yes" counts.

use http::StatusCode;
use server_types::WorkspaceId;

use crate::App;

/// What is known of an agent that failed to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// Alive, or not known to be dead: nothing is restarted on a guess.
    Alive,
    /// Its backend says that it does not run; a restart was asked for.
    Dead,
}

/// The statuses a gateway gives when the instance behind it is gone. 520 and 525 are not among them:
/// the agent answered, only badly.
pub fn looks_dead(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502 | 503 | 504 | 521 | 522 | 523 | 524)
}

/// Asks the backend. Without one nothing can be known dead, and nothing could be restarted.
#[allow(clippy::unused_async, reason = "a backend is asked over the network")]
pub(super) async fn check(_app: &App, _id: WorkspaceId) -> Health {
    Health::Alive
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ledger: A2A-05.
    #[test]
    fn exactly_seven_statuses_look_dead() {
        let table = [
            (502, true),
            (503, true),
            (504, true),
            (521, true),
            (522, true),
            (523, true),
            (524, true),
            (520, false),
            (525, false),
            (500, false),
            (501, false),
            (505, false),
            (429, false),
            (408, false),
            (404, false),
            (400, false),
            (302, false),
            (200, false),
        ];
        for (code, expected) in table {
            let status = StatusCode::from_u16(code).expect("a status");
            assert_eq!(looks_dead(status), expected, "{code}");
        }
        let dead = (100..=999).filter_map(|code| StatusCode::from_u16(code).ok()).filter(|s| looks_dead(*s));
        assert_eq!(dead.count(), 7);
    }
}
