//! `logs`: the log of a service.

use schemars::{Schema, SchemaGenerator};

use crate::form::Form;
use crate::record;
use crate::template::Template;
use crate::yaml::{Diagnostics, Node};

record! {
    /// The log lines of a service: `lines` as a list, `text` joined by newlines.
    pub struct Logs in "logs" {
        /// The service.
        of: Template = required("of"),
        /// From where on; from the first step of the replay when left out.
        since: Since = default("since"),
    }
}

/// From where on log lines count.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Since {
    /// From the start of the service: `boot`.
    Boot,
    /// From the first step of the replay: `replay`.
    #[default]
    Replay,
    /// From the beginning of a step, by its name.
    Step(String),
}

impl Form for Since {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        Some(match String::read(node, diagnostics)?.as_str() {
            "boot" => Self::Boot,
            "replay" => Self::Replay,
            step => Self::Step(step.to_owned()),
        })
    }

    fn write(&self) -> Node {
        Node::text(match self {
            Self::Boot => "boot",
            Self::Replay => "replay",
            Self::Step(step) => step,
        })
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        String::schema(generator)
    }
}
