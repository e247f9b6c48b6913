//! The administrator bearer; comparable in constant time and in no other way.

use secrecy::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

/// `ADMIN_TOKEN`; the inner value leaves only towards the control plane.
#[derive(Clone, Debug)]
pub struct AdminToken(SecretString);

impl AdminToken {
    /// Wraps the configured value.
    pub fn new(value: SecretString) -> Self {
        Self(value)
    }

    /// Whether a presented bearer is the token; time does not depend on where they differ (#112).
    pub fn matches(&self, presented: &SecretString) -> bool {
        self.0.expose_secret().as_bytes().ct_eq(presented.expose_secret().as_bytes()).into()
    }

    /// The value as identity towards the control plane.
    pub fn for_control_plane(&self) -> &SecretString {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_matches() {
        let token = AdminToken::new("secret-token".into());
        assert!(token.matches(&"secret-token".into()));
        for wrong in ["", "secret-toke", "secret-tokenx", "Secret-token", "xecret-token"] {
            assert!(!token.matches(&wrong.into()), "{wrong:?}");
        }
        assert!(!format!("{token:?}").contains("secret-token"));
    }
}
