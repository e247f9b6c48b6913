//! `stub`: the control-plane stub.

use crate::form::{Form, Map, NameVisitor, Yes, any_of};
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::{Bytes, Time};
use crate::yaml::{Diagnostics, Node, Tree};
use crate::{choice, record};
use schemars::{Schema, SchemaGenerator};

record! {
    /// One thing done with the stub.
    pub struct Stub in "stub" {
        /// The stub; may be left out when the topology has one.
        on: Option<Template> = optional("on"),
        /// What is done.
        act: StubAct = group,
    }
}

choice! {
    /// What is done with the stub.
    pub enum StubAct in "stub" {
        /// Its counters, kept under this name.
        State(String) = "state",
        /// What it received, in order.
        Requests(Box<StubRequests>) = "requests",
        /// Adds a fault: a preset by name, or a description.
        Fault(Fault) = "fault",
        /// Removes faults: `all`, or one by id.
        ClearFaults(Template) = "clear_faults",
        /// The table of session cookies.
        Members(TemplateValue) = "members",
        /// The configuration served to tenants: organisation to map.
        Config(TemplateValue) = "config",
        /// The state of instances: id to `running`, `pending`, `stopped` or `terminated`.
        Instances(TemplateValue) = "instances",
        /// Clears counters, log, faults and instances.
        Reset(Yes) = "reset",
    }
}

record! {
    /// Which of the received requests are wanted.
    pub struct StubRequests in "requests" {
        /// Only this path; patterns as in faults.
        path: Option<Template> = optional("path"),
        /// Only this method.
        method: Option<Template> = optional("method"),
        /// Only this organisation.
        org_id: Option<Template> = optional("org_id"),
        /// Only this workspace.
        workspace_id: Option<Template> = optional("workspace_id"),
        /// Only those after this sequence number.
        after: Option<TemplateValue> = optional("after"),
    }
}

/// A fault: the name of a preset, or what to match and what to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// A preset of the stub, for every matching request.
    Preset(Template),
    /// A described fault.
    Described(Box<FaultBody>),
}

record! {
    /// A described fault.
    pub struct FaultBody in "fault" {
        /// The requests it is about; all when left out.
        matching: Option<FaultMatch> = optional("match"),
        /// What happens to them.
        action: FaultAction = group,
    }
}

record! {
    /// Which requests a fault is about.
    pub struct FaultMatch in "match" {
        /// Method.
        method: Option<Template> = optional("method"),
        /// Path pattern: `*` stands for one segment or a part of it, `**` for anything.
        path: Option<Template> = optional("path"),
        /// Organisation.
        org_id: Option<Template> = optional("org_id"),
        /// Workspace.
        workspace_id: Option<Template> = optional("workspace_id"),
        /// Only the n-th such request, from 1.
        nth: Option<Dyn<u64>> = optional("nth"),
        /// Only so many requests.
        times: Option<Dyn<u64>> = optional("times"),
    }
}

choice! {
    /// What a fault does.
    pub enum FaultAction in "fault" {
        /// A preset by name, for the matching requests.
        Preset(Template) = "preset",
        /// Answers with this status, body and headers.
        Status(FaultStatus) = "status",
        /// Answers later.
        Delay(Dyn<Time>) = "delay",
        /// Never answers.
        Hang(Yes) = "hang",
        /// Drops the connection after so many bytes of the answer.
        Close(Dyn<Bytes>) = "close",
        /// The instance id that the next provision hands out.
        InstanceId(Template) = "instance_id",
        /// 200 with a body that is no JSON.
        MalformedJson(Yes) = "malformed_json",
        /// A body beyond the client's read cap.
        Oversize(Yes) = "oversize",
        /// A content type that does not fit the body.
        WrongContentType(Yes) = "wrong_content_type",
        /// A body that comes slowly.
        SlowBody(Yes) = "slow_body",
        /// The organisation's credentials are not there yet.
        CredentialsNotPersisted(Yes) = "credentials_not_persisted",
        /// How launched agents register: `auto`, `late`, `early`, `never`, `crash`.
        AgentMode(Template) = "agent_mode",
    }
}

record! {
    /// An answer of a fault.
    pub struct FaultStatus in "status" {
        /// The status code.
        code: Dyn<u16> = required("code"),
        /// The body; a text as it stands, anything else as JSON.
        body: Option<TemplateValue> = optional("body"),
        /// Headers.
        headers: Map<Template> = default("headers"),
    }
}

impl Form for Fault {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match node.tree {
            Tree::Map(_) => Box::read(node, diagnostics).map(Self::Described),
            _ => Template::read(node, diagnostics).map(Self::Preset),
        }
    }

    fn write(&self) -> Node {
        match self {
            Self::Preset(name) => name.write(),
            Self::Described(body) => body.write(),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        any_of([Template::schema(generator), FaultBody::schema(generator)])
    }

    fn names<'a>(&'a self, visit: &mut NameVisitor<'a, '_>) {
        match self {
            Self::Preset(name) => name.names(visit),
            Self::Described(body) => body.names(visit),
        }
    }
}

impl Stub {
    /// Whether the action may be repeated.
    pub fn is_read(&self) -> bool {
        matches!(self.act, StubAct::State(_) | StubAct::Requests(_))
    }
}
