//! A replay file.

use crate::form::Map;
use crate::template::TemplateValue;
use crate::units::Time;
use crate::{record, words};

use super::{Matrix, Step, Volatile, Witness};

words! {
    /// Whether a replay has a world of its own.
    pub enum Sharing in "world" {
        /// A new world that nobody else sees.
        Fresh = "fresh",
        /// A world that other replays read at the same time; for reading only.
        Shared = "shared",
    }
}

#[expect(clippy::derivable_impls, reason = "`words!` derives the same traits for every word")]
impl Default for Sharing {
    fn default() -> Self {
        Self::Fresh
    }
}

record! {
    /// One replay: what it closes, what it does, what must hold, and how to see it red.
    pub struct Replay in "a replay" {
        /// What holds when the replay is green, as a sentence.
        title: String = required("replay"),
        /// The issues that it reproduces.
        closes: Vec<String> = default("closes"),
        /// The day of the incident.
        incident: Option<String> = optional("incident"),
        /// The ledger rows that it proves.
        ledger: Vec<String> = default("ledger"),
        /// The topology that its world is an instance of.
        topology: Option<String> = optional("topology"),
        /// The topology's variants that its world has.
        variants: Vec<String> = default("variants"),
        /// Whether it has a world of its own.
        world: Sharing = default("world"),
        /// Whether nothing else may run in the same world meanwhile.
        exclusive: bool = default("exclusive"),
        /// Capabilities that the machine or backend must have; without them it is skipped, by name.
        needs: Vec<String> = default("needs"),
        /// Words to select it by.
        tags: Vec<String> = default("tags"),
        /// Why instances may be left running at the end; without it a left one is a failure.
        leaves_instances: Option<String> = optional("leaves_instances"),
        /// How long the whole replay may take.
        timeout: Option<Time> = optional("timeout"),
        /// One run per combination of these values.
        matrix: Matrix = default("matrix"),
        /// Names for values, evaluated once, in order, before anything else.
        lets: Map<TemplateValue> = default("let"),
        /// Steps that prepare; a failure makes the replay broken, not failed.
        given: Vec<Step> = default("given"),
        /// Steps that judge.
        steps: Vec<Step> = required("steps"),
        /// Steps that always run at the end.
        finally: Vec<Step> = default("finally"),
        /// What differs from run to run and need not be expected.
        volatile: Vec<Volatile> = default("volatile"),
        /// Ways to bring the bug back, and where the replay must then turn red.
        witness: Vec<Witness> = default("witness"),
    }
}

impl Replay {
    /// All steps in the order of the file, top level only.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.given.iter().chain(&self.steps).chain(&self.finally)
    }
}
