//! `snapshot`: a value compared with a stored one.

use crate::form::Map;
use crate::record;
use crate::template::TemplateValue;

record! {
    /// A value that must equal the stored one after redaction.
    pub struct Snapshot in "snapshot" {
        /// The stored value's name; unique in the replay.
        name: String = required("name"),
        /// The value.
        of: TemplateValue = required("of"),
        /// RFC 9535 paths and what stands in their place.
        redact: Map<String> = default("redact"),
    }
}
