//! A file of steps that replays `use`.

use crate::form::Map;
use crate::record;
use crate::template::TemplateValue;

use super::{Step, Volatile};

record! {
    /// Steps with a name, inputs and outputs, for use in replays.
    pub struct Part in "a part" {
        /// What holds after it, as a sentence.
        title: String = required("part"),
        /// Variables that the caller must give.
        inputs: Vec<String> = default("inputs"),
        /// Variables that the caller may give, and what they are otherwise.
        defaults: Map<TemplateValue> = default("defaults"),
        /// Variables that the caller gets.
        outputs: Vec<String> = default("outputs"),
        /// What differs from run to run and need not be expected.
        volatile: Vec<Volatile> = default("volatile"),
        /// The steps.
        steps: Vec<Step> = required("steps"),
    }
}
