//! A row of the table that the server prints about its environment.

use serde::Deserialize;

use super::Shape;

/// One variable that the server reads.
#[derive(Debug, Clone, Deserialize)]
pub struct Knob {
    /// Its name.
    pub name: String,
    /// What a value must look like.
    #[serde(rename = "type")]
    pub shape: Shape,
    /// Whether nobody may see it.
    #[serde(default)]
    pub secret: bool,
    /// Whether a tenant cannot do without it.
    #[serde(default)]
    pub required_on_tenant: bool,
    /// The variable that can be set instead.
    #[serde(default)]
    pub required_unless: Option<String>,
    /// Whether a production deployment cannot do without it.
    #[serde(default)]
    pub required_in_production: bool,
}

impl Knob {
    /// Whether a tenant in production needs it.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required_on_tenant || self.required_in_production
    }
}
