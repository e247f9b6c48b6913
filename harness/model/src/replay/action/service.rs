//! `service`: a service as a process on a network.

use crate::form::{Many, Map};
use crate::template::{Dyn, Template};
use crate::units::Time;
use crate::{record, verbs};

verbs! {
    /// One thing done to services.
    pub enum Service in "service" {
        /// Stops them from running without ending them.
        Pause(PauseServices) by "pause",
        /// Lets paused ones go on.
        Resume(ResumeServices) by "resume",
        /// Ends them at once.
        Kill(KillServices) by "kill",
        /// Ends and starts one again, and waits until it is ready.
        Restart(Restart) by "restart",
        /// Refuses connections between services.
        CutOff(CutOff) by "cut_off",
        /// Holds back what goes between services.
        Slow(Slow) by "slow",
        /// Undoes both.
        Heal(Heal) by "heal",
    }
}

impl Service {
    /// Whether a program is to refuse to start.
    pub fn is_refused(&self) -> bool {
        matches!(self, Self::Restart(restart) if restart.refuses)
    }
}

record! {
    /// Services to stop from running.
    pub struct PauseServices in "service" {
        /// The services.
        services: Many<Template> = required("pause"),
    }
}

record! {
    /// Services to let go on.
    pub struct ResumeServices in "service" {
        /// The services.
        services: Many<Template> = required("resume"),
    }
}

record! {
    /// Services to end.
    pub struct KillServices in "service" {
        /// The services.
        services: Many<Template> = required("kill"),
    }
}

record! {
    /// A restart. One with another environment or a refusal is of a program.
    pub struct Restart in "service" {
        /// The service.
        service: Template = required("restart"),
        /// Environment that differs in this start and in no later one; an empty value leaves a variable out.
        env: Map<Template> = default("env"),
        /// It must end with an error before it is ready: `exit`, `stdout` and `stderr` tell how. Becoming ready is red.
        /// Until it is restarted it is not there.
        refuses: bool = default("refuses"),
    }
}

record! {
    /// Connections to refuse.
    pub struct CutOff in "service" {
        /// The services that are connected to.
        services: Many<Template> = required("cut_off"),
        /// The services that connect; all when left out.
        from: Many<Template> = default("from"),
    }
}

record! {
    /// Connections to slow down: what is sent arrives later, in both directions.
    pub struct Slow in "service" {
        /// The services that are connected to.
        services: Many<Template> = required("slow"),
        /// The services that connect.
        from: Many<Template> = required("from"),
        /// How much later.
        by: Dyn<Time> = required("by"),
    }
}

record! {
    /// Connections to let flow as they do without a disturbance.
    pub struct Heal in "service" {
        /// The services that are connected to.
        services: Many<Template> = required("heal"),
    }
}
