//! The two words an operator describes a deployment with.

use super::{knobs, reader::Reader};

/// `MOLECULE_ENV`: production and development are explicit, everything else relaxes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeployEnv {
    /// `prod` or `production`.
    Production,
    /// `dev` or `development`.
    Development,
    /// Anything else, unset included.
    Other,
}

impl DeployEnv {
    /// Reads the word; trimmed and case-insensitive.
    pub fn parse(word: &str) -> Self {
        match word.trim().to_ascii_lowercase().as_str() {
            "prod" | "production" => Self::Production,
            "dev" | "development" => Self::Development,
            _ => Self::Other,
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        reader.text(&knobs::MOLECULE_ENV).map_or(Self::Other, |word| Self::parse(&word))
    }
}

/// Whether agents live on private addresses (hosted) or must be public (self-hosted).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeployMode {
    /// Private ranges are where the agents are.
    Saas,
    /// Nothing private is reachable.
    Strict,
}

impl DeployMode {
    /// The ladder: an explicit word wins, blank follows the organisation id, a typo falls closed.
    ///
    /// `Err` carries the mode to use and says that the word was not understood.
    pub fn parse(word: Option<&str>, tenant: bool) -> Result<Self, Self> {
        match word.map(|word| word.trim().to_ascii_lowercase()).as_deref() {
            None | Some("") if tenant => Ok(Self::Saas),
            None | Some("" | "self-hosted" | "selfhosted" | "standalone") => Ok(Self::Strict),
            Some("saas") => Ok(Self::Saas),
            Some(_) => Err(Self::Strict),
        }
    }

    pub(super) fn read(reader: &mut Reader<'_>, tenant: bool) -> Self {
        let word = reader.text(&knobs::MOLECULE_DEPLOY_MODE);
        Self::parse(word.as_deref(), tenant).unwrap_or_else(|fallback| {
            reader.warn(&knobs::MOLECULE_DEPLOY_MODE, word.as_deref().unwrap_or_default(), "strict");
            fallback
        })
    }
}
