//! Fresh tokens: 32 random bytes as URL-safe base64, shown once, stored as a digest.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use secrecy::{ExposeSecret, SecretString};
use server_store::{DbError, PgExecutor, tokens, tokens::TokenHash};
use server_types::WorkspaceId;

/// Characters of a token that may be shown again.
const PREFIX_CHARS: usize = 8;

/// A token that nobody has seen yet.
#[derive(Clone, Debug)]
pub struct Minted(SecretString);

impl Minted {
    /// A new token; two are never equal.
    pub fn random() -> Self {
        Self(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()).into())
    }

    /// The plaintext, for the one answer that carries it.
    pub fn plaintext(&self) -> &SecretString {
        &self.0
    }

    /// The plaintext, consumed: for the one answer that carries it.
    pub fn reveal(self) -> String {
        self.0.expose_secret().to_owned()
    }

    /// What is stored instead of the plaintext.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(self.0.expose_secret())
    }

    /// What names the token in lists.
    pub fn prefix(&self) -> &str {
        &self.0.expose_secret()[..PREFIX_CHARS]
    }
}

/// Mints and stores a workspace token.
///
/// # Errors
/// The insert failed; the token is not good then.
pub async fn for_workspace(db: impl PgExecutor<'_>, workspace: WorkspaceId) -> Result<Minted, DbError> {
    let minted = Minted::random();
    tokens::insert(db, workspace, &minted.hash(), minted.prefix()).await?;
    Ok(minted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_its_form_and_is_never_printed() {
        let minted = Minted::random();
        let text = minted.plaintext().expose_secret().to_owned();
        assert_eq!(text.len(), 43);
        assert_eq!(URL_SAFE_NO_PAD.decode(&text).expect("base64").len(), 32);
        assert_eq!(minted.prefix(), &text[..8]);
        assert!(!format!("{minted:?}").contains(&text));
        assert_ne!(Minted::random().reveal(), text);
    }
}
