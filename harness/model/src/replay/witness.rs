//! Ways to bring a bug back.

use schemars::{Schema, SchemaGenerator};

use crate::form::{Form, Many, Map, any_of};
use crate::template::Template;
use crate::yaml::{Diagnostics, Node, Tree};
use crate::{choice, record};

use super::action::{AgentBehaviour, EdgeChange, Fault};

record! {
    /// One way to bring the bug back, and where the replay must then turn red.
    pub struct Witness in "a witness" {
        /// What is wrong then, as a sentence.
        name: String = required("name"),
        /// How the bug is brought back.
        cause: Cause = group,
        /// The step that must fail; `boot` when the world must not come up, `given` when its
        /// preparation must not.
        red_at: String = required("red_at"),
        /// A text that the failure must contain.
        text: Option<String> = optional("text"),
    }
}

choice! {
    /// How the bug is brought back.
    pub enum Cause in "a witness" {
        /// A seam that is compiled into test builds of the server.
        Bug(Bug) = "bug",
        /// A change of the edge.
        Edge(EdgeChange) = "edge",
        /// A fault of the stub from the start.
        Stub(StubWitness) = "stub",
        /// Another behaviour of every agent.
        Agent(AgentWitness) = "agent",
        /// Other environment: service to variable to value; an empty value leaves it out.
        Env(Map<Map<Template>>) = "env",
        /// Statements on a database before the first step.
        Sql(SqlWitness) = "sql",
        /// A seam of the harness's own client (the agent stand-in's library).
        Client(String) = "client",
    }
}

/// A compiled-in seam: its name, or `{ seam: name, in: [services] }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Bug {
    /// The seam.
    pub seam: String,
    /// The services it is switched on in; all that know it when empty.
    pub services: Many<String>,
}

record! {
    /// The long form of a seam.
    pub struct BugIn in "bug" {
        /// The seam.
        seam: String = required("seam"),
        /// The services it is switched on in.
        services: Many<String> = required("in"),
    }
}

impl Form for Bug {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        if let Tree::Map(_) = node.tree {
            let long = BugIn::read(node, diagnostics)?;
            return Some(Self { seam: long.seam, services: long.services });
        }
        String::read(node, diagnostics).map(|seam| Self { seam, services: Many::default() })
    }

    fn write(&self) -> Node {
        if self.services.is_empty() {
            return self.seam.write();
        }
        Node::map([("seam", self.seam.write()), ("in", self.services.write())])
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        any_of([String::schema(generator), BugIn::schema(generator)])
    }
}

record! {
    /// A fault of the stub that is there from the first step on.
    pub struct StubWitness in "stub" {
        /// The fault.
        fault: Fault = required("fault"),
    }
}

record! {
    /// A behaviour that every agent has from its start.
    pub struct AgentWitness in "agent" {
        /// The behaviour.
        behaviour: AgentBehaviour = group,
    }
}

record! {
    /// Statements that change the world before the first step.
    pub struct SqlWitness in "sql" {
        /// The database.
        on: String = required("on"),
        /// The statements.
        exec: Many<String> = required("exec"),
    }
}
