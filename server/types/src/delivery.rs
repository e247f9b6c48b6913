//! How messages reach an agent.

use serde::{Deserialize, Serialize};

/// `push`: the server calls the agent's URL. `poll`: the agent reads its activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryMode {
    /// The server forwards to the registered URL.
    Push,
    /// The message is stored; the agent fetches it.
    Poll,
}

impl DeliveryMode {
    /// Every mode; equals the CHECK set of `workspaces.delivery_mode`.
    pub const ALL: [Self; 2] = [Self::Push, Self::Poll];

    /// The word stored in the database and sent on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Push => "push",
            Self::Poll => "poll",
        }
    }

    /// Reads the wire word; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }
}
