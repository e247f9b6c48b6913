//! `GET /cp/tenants/config`: values that override a tenant's environment at boot.
//!
//! This is how a rotated secret reaches a tenant that was provisioned long ago.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Path of the call.
pub const CONFIG_PATH: &str = "/cp/tenants/config";
/// Most bytes of the answer a client reads.
pub const CONFIG_BYTES_MAX: usize = 64 * 1024;
/// Longest value that is applied.
pub const CONFIG_VALUE_BYTES_MAX: usize = 4096;

/// A flat map of names to values; the values are secrets.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantConfig(pub BTreeMap<String, String>);

/// Names only.
impl fmt::Debug for TenantConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TenantConfig").field(&self.0.keys()).finish()
    }
}

/// An answer that changes nothing. Boot logs it and continues.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigRefused {
    /// Not a 200.
    #[error("cp returned {0}")]
    Status(u16),
    /// Not a flat object of strings; nothing of it is applied.
    #[error("cp config is not a flat object of strings ({0} bytes)")]
    Undecodable(usize),
}

impl TenantConfig {
    /// Judges an answer and keeps what may be applied: empty names and oversized values are dropped.
    ///
    /// # Errors
    /// [`ConfigRefused`] on any status but 200, or when one value is not a string.
    pub fn decode(status: u16, body: &[u8]) -> Result<Self, ConfigRefused> {
        if status != 200 {
            return Err(ConfigRefused::Status(status));
        }
        let mut config: Self =
            serde_json::from_slice(body).map_err(|_| ConfigRefused::Undecodable(body.len()))?;
        config.0.retain(|name, value| !name.is_empty() && value.len() <= CONFIG_VALUE_BYTES_MAX);
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_that_is_no_string_refuses_the_whole_map() {
        assert_eq!(TenantConfig::decode(200, br#"{"A":"1","B":2}"#), Err(ConfigRefused::Undecodable(15)));
        assert_eq!(TenantConfig::decode(401, b"").unwrap_err().to_string(), "cp returned 401");
    }

    #[test]
    fn empty_names_and_oversized_values_are_dropped() {
        let body = format!(
            r#"{{"":"x","BIG":"{}","EDGE":"{}","OK":"v"}}"#,
            "b".repeat(CONFIG_VALUE_BYTES_MAX + 1),
            "e".repeat(CONFIG_VALUE_BYTES_MAX),
        );
        let config = TenantConfig::decode(200, body.as_bytes()).expect("decodes");
        assert_eq!(config.0.keys().collect::<Vec<_>>(), ["EDGE", "OK"]);
        assert!(!format!("{config:?}").contains("eee"), "values stay out of debug output");
    }
}
