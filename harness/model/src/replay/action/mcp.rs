//! `mcp`: one call over the Model Context Protocol.

use crate::replay::IdentityRef;
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::Time;
use crate::{choice, record};

record! {
    /// One JSON-RPC call of an MCP endpoint.
    pub struct Mcp in "mcp" {
        /// Who calls.
        identity: IdentityRef = required("as"),
        /// The path of the endpoint.
        path: Template = required("path"),
        /// What is called.
        act: McpAct = group,
        /// The tool's arguments.
        with: Option<TemplateValue> = optional("with"),
        /// How long it may take; 30 s when left out.
        timeout: Option<Dyn<Time>> = optional("timeout"),
    }
}

choice! {
    /// What is called.
    pub enum McpAct in "mcp" {
        /// A tool: `text` is its text content, `json` its result, `error` its error.
        Call(Template) = "call",
        /// Another method such as `tools/list`; `with` are its parameters.
        Method(Template) = "method",
    }
}

impl Mcp {
    /// Whether the call may be repeated: only listings are certain to change nothing.
    pub fn is_read(&self) -> bool {
        match &self.act {
            McpAct::Call(_) => false,
            McpAct::Method(method) => {
                method.as_literal().is_some_and(|method| method.ends_with("/list") || method == "ping")
            }
        }
    }
}
