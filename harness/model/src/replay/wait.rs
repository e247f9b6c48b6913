//! Waiting, which belongs to the assertion.

use crate::template::Dyn;
use crate::units::Time;
use crate::{choice, record};

use super::Expectation;

choice! {
    /// How long a step looks, when once is not enough. Only actions that read can be repeated.
    pub enum Wait in "waiting" {
        /// The action is repeated until the expectation holds.
        Eventually(Eventually) = "eventually",
        /// The action is repeated and the expectation must not hold once.
        Never(Never) = "never",
        /// The action is repeated and the expectation must hold every time.
        Stays(Stays) = "stays",
    }
}

record! {
    /// Repeat until it holds.
    pub struct Eventually in "eventually" {
        /// How long to go on.
        within: Dyn<Time> = required("within"),
        /// The time between two looks.
        every: Option<Dyn<Time>> = optional("every"),
        /// What must come to hold; `expect` of the step when left out. With both, `expect` is
        /// judged once, on the observation for which `until` held.
        until: Option<Expectation> = optional("until"),
        /// What ends the wait as a failure at once.
        abort_on: Option<Expectation> = optional("abort_on"),
    }
}

record! {
    /// Repeat and demand that it does not hold.
    pub struct Never in "never" {
        /// How long to go on.
        during: Dyn<Time> = required("for"),
        /// The time between two looks.
        every: Option<Dyn<Time>> = optional("every"),
        /// What must not hold; `expect` of the step when left out.
        that: Option<Expectation> = optional("that"),
    }
}

record! {
    /// Repeat and demand that it holds each time.
    pub struct Stays in "stays" {
        /// How long to go on.
        during: Dyn<Time> = required("for"),
        /// The time between two looks.
        every: Option<Dyn<Time>> = optional("every"),
        /// What must hold; `expect` of the step when left out.
        that: Option<Expectation> = optional("that"),
    }
}
