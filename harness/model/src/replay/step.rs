//! One step: one action and what must hold.

use crate::record;

use super::{Action, Captures, Expectation, ForEach, Wait};

record! {
    /// One action and what must hold of its observation.
    pub struct Step in "a step" {
        /// What holds, as a sentence; unique in the file.
        name: Option<String> = optional("name"),
        /// One run of the step per combination of these values.
        for_each: Option<ForEach> = optional("for_each"),
        /// What is done.
        action: Action = group,
        /// How long the step waits for what it expects.
        wait: Option<Wait> = maybe,
        /// What must hold.
        expect: Option<Expectation> = optional("expect"),
        /// Values to keep under names.
        capture: Captures = default("capture"),
    }
}

impl Step {
    /// The name of the step, or a name made from its action and line.
    pub fn label(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{} (line {})", self.action.key(), self.span.line))
    }
}
