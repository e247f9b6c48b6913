//! `parallel`: branches that start together.

use schemars::{Schema, SchemaGenerator};

use crate::form::{Form, Map};
use crate::replay::Step;
use crate::yaml::{Diagnostics, Node};

/// Branches by name, each a list of steps. They start together and all run to their end; captures
/// of a branch are visible in that branch and after the action.
#[derive(Debug, Clone, PartialEq)]
pub struct Parallel {
    /// The branches in order.
    pub branches: Map<Vec<Step>>,
}

impl Form for Parallel {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        Map::read(node, diagnostics).map(|branches| Self { branches })
    }

    fn write(&self) -> Node {
        self.branches.write()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        Map::<Vec<Step>>::schema(generator)
    }
}
