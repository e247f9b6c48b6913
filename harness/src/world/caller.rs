//! A resolved identity: where to send a request and as whom.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A resolved identity.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The identity it came from.
    pub identity: String,
    /// The service called.
    pub service: String,
    /// `http://127.0.0.1:<port>`, no trailing slash.
    pub base: String,
    /// The `Host` header, when it differs from the base's own.
    pub host: Option<String>,
    /// Credentials and other headers, in the order to send them; names may repeat.
    pub headers: Vec<HeaderField>,
}

/// A header a caller sends.
#[derive(Clone)]
pub struct HeaderField {
    /// Its name as written in the topology.
    pub name: String,
    /// Its value.
    pub value: SecretString,
    /// Whether the value is masked in reports.
    pub secret: bool,
}

impl HeaderField {
    /// The value to put on the wire.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.value.expose_secret()
    }

    /// The value to show a reader.
    #[must_use]
    pub fn shown(&self) -> &str {
        if self.secret { "<secret>" } else { self.expose() }
    }
}

impl fmt::Debug for HeaderField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.shown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_header_never_reaches_debug_output() {
        let field =
            HeaderField { name: "Authorization".into(), value: "Bearer hunter2".into(), secret: true };
        assert_eq!(format!("{field:?}"), "Authorization: <secret>");
    }
}
