//! `service`: a service as a process on a network.

use crate::form::{Many, Map};
use crate::template::Template;
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
        /// Allows them again.
        Heal(Heal) by "heal",
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
    /// A restart.
    pub struct Restart in "service" {
        /// The service.
        service: Template = required("restart"),
        /// Environment that differs from now on.
        env: Map<Template> = default("env"),
        /// It must not become ready: its exit is what the replay wants to see.
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
    /// Connections to allow again.
    pub struct Heal in "service" {
        /// The services that are connected to.
        services: Many<Template> = required("heal"),
    }
}
