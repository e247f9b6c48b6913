//! `use`: the steps of a part.

use crate::form::Map;
use crate::record;
use crate::template::TemplateValue;

record! {
    /// The steps of a part with its inputs; its outputs become variables.
    pub struct UsePart in "use" {
        /// The file of the part, from the root of the project.
        part: String = required("part"),
        /// Its inputs.
        with: Map<TemplateValue> = default("with"),
        /// New names for its outputs: output to name; the others keep theirs.
        rename: Map<String> = default("rename"),
    }
}
