//! `GET /cp/admin/workspaces/{id}/console`: the serial console of a workspace's machine.

use serde::{Deserialize, Serialize};

/// Most bytes of the answer a client reads.
pub const CONSOLE_BYTES_MAX: usize = 256 * 1024;

/// Path of the call.
#[must_use]
pub fn console_path(workspace_id: &str) -> String {
    format!("/cp/admin/workspaces/{workspace_id}/console")
}

/// Body of the reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Console {
    /// Console text.
    pub output: String,
}

/// No console text; never carries the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsoleRefused {
    /// Not a 2xx.
    #[error("cp provisioner: console: unexpected {0}")]
    Status(u16),
    /// A 2xx whose body is not the contract's object.
    #[error("cp provisioner: console: undecodable answer ({0} bytes)")]
    Undecodable(usize),
}

impl Console {
    /// Judges an answer.
    ///
    /// # Errors
    /// [`ConsoleRefused`] on a non-2xx status or an undecodable body.
    pub fn decode(status: u16, body: &[u8]) -> Result<Self, ConsoleRefused> {
        if !(200..300).contains(&status) {
            return Err(ConsoleRefused::Status(status));
        }
        serde_json::from_slice(body).map_err(|_| ConsoleRefused::Undecodable(body.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_console_names_the_status_alone() {
        assert_eq!(Console::decode(200, br#"{"output":"boot ok"}"#).expect("console").output, "boot ok");
        let text = Console::decode(403, b"secret").unwrap_err().to_string();
        assert_eq!(text, "cp provisioner: console: unexpected 403");
        assert_eq!(Console::decode(200, b"x"), Err(ConsoleRefused::Undecodable(1)));
    }
}
