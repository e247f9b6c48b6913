//! `repeat`: the same steps several times.

use crate::form::Map;
use crate::record;
use crate::replay::Step;
use crate::template::{Dyn, TemplateValue};

record! {
    /// The same steps several times, one after the other or at once.
    pub struct Repeat in "repeat" {
        /// How often.
        times: Dyn<u64> = required("times"),
        /// How many at once; 1 when left out. Then captures of one round are visible in the next
        /// and after the action; with more at once they are visible in their own round only.
        concurrency: Option<Dyn<u64>> = optional("concurrency"),
        /// The variable that counts the rounds from 0.
        counter: Option<String> = optional("counter"),
        /// Values of each round, kept as lists in the order of the rounds.
        collect: Map<TemplateValue> = default("collect"),
        /// The steps.
        steps: Vec<Step> = required("steps"),
    }
}
