//! Fields that several registry bodies share.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;
use server_types::{WorkspaceId, stored::StoredJson};

/// A workspace id in its one accepted spelling.
pub(super) fn canonical_id<'de, D: Deserializer<'de>>(from: D) -> Result<WorkspaceId, D::Error> {
    let text = String::deserialize(from)?;
    WorkspaceId::canonical(&text).ok_or_else(|| D::Error::custom("not a workspace id"))
}

/// Any JSON that is present, `null` too, in a form the database can hold.
pub(super) fn storable<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(from)?;
    Ok(StoredJson::from(&value).to_value())
}
