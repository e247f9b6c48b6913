//! `run`: a program of the project.

use crate::form::Map;
use crate::record;
use crate::template::{Dyn, Template};
use crate::units::Time;

record! {
    /// A program that is run to its end: `exit`, `stdout`, `stderr`, and `json` when its output is JSON.
    pub struct Run in "run" {
        /// The program, by its name in the topology; `harness` is the harness itself.
        program: Template = required("program"),
        /// Its arguments.
        args: Vec<Template> = default("args"),
        /// Its environment; it has no other.
        env: Map<Template> = default("env"),
        /// Its standard input.
        stdin: Option<Template> = optional("stdin"),
        /// How long it may take; 30 s when left out.
        timeout: Option<Dyn<Time>> = optional("timeout"),
    }
}
