//! The actions: one variant each, one file each.

mod agent;
mod edge;
mod feed;
mod http;
mod lets;
mod logs;
mod mcp;
mod parallel;
mod pause;
mod redis;
mod repeat;
mod run;
mod service;
mod snapshot;
mod sql;
mod stub;
mod use_part;

pub use agent::{
    Agent, AgentBehave, AgentBehaviour, AgentEnvelope, AgentHeartbeat, AgentInspect, AgentKill, AgentMode,
    AgentRequests, AgentUploads, Behaviour, Chunked, Disguise, Heartbeat, JsonRpcError, Spawn, StatusReply,
    ToolCall, Uploads,
};
pub use edge::{Edge, EdgeChange, EdgeFault, EdgeFaultKind, EdgeLimits, EdgeRule, EdgeRuleKind, RateLimit};
pub use feed::{CloseFeed, Feed, NeverSees, OpenFeed, Sees, SendFrame};
pub use http::{Body, Content, HangUp, Http, Method, MultipartPart, ReadStream, Request};
pub use lets::Lets;
pub use logs::{Logs, Since};
pub use mcp::{Mcp, McpAct};
pub use parallel::Parallel;
pub use pause::Pause;
pub use redis::Redis;
pub use repeat::Repeat;
pub use run::Run;
pub use service::{CutOff, Heal, KillServices, PauseServices, Restart, ResumeServices, Service, Slow};
pub use snapshot::Snapshot;
pub use sql::{Sql, SqlAct};
pub use stub::{Fault, FaultAction, FaultBody, FaultMatch, FaultStatus, Stub, StubAct, StubRequests};
pub use use_part::UsePart;

use super::Facet;
use crate::choice;

choice! {
    /// What a step does.
    pub enum Action in "a step" {
        /// A request over HTTP.
        Http(Box<Http>) = "http",
        /// A statement on a database.
        Sql(Sql) = "sql",
        /// A Redis command.
        Redis(Redis) = "redis",
        /// A WebSocket: open, send, see frames in order, never see a frame, close.
        Ws(Box<Feed>) = "ws",
        /// A stream of server-sent events: open, see events in order, never see one, close.
        Sse(Box<Feed>) = "sse",
        /// A call over the Model Context Protocol.
        Mcp(Mcp) = "mcp",
        /// An agent stand-in: its behaviour, its tools, what it received.
        Agent(Box<Agent>) = "agent",
        /// The control-plane stub: its state, what it received, its faults.
        Stub(Box<Stub>) = "stub",
        /// The edge: its faults, rules and limits.
        Edge(Edge) = "edge",
        /// The log of a service.
        Logs(Logs) = "logs",
        /// A service as a process: pause, resume, kill, restart, cut off, heal.
        Service(Service) = "service",
        /// A program of the project, run to its end.
        Run(Run) = "run",
        /// Branches that start together.
        Parallel(Parallel) = "parallel",
        /// The same steps several times.
        Repeat(Repeat) = "repeat",
        /// The steps of a part.
        Use(UsePart) = "use",
        /// A value compared with a stored one.
        Snapshot(Snapshot) = "snapshot",
        /// A wait that no condition can replace.
        Pause(Pause) = "pause",
        /// Names for values.
        Let(Lets) = "let",
    }
}

/// What an action does to the world, which decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Only looks: may be repeated.
    Read,
    /// Changes something: happens once.
    Write,
    /// Consists of other steps.
    Group,
}

impl Action {
    /// Whether the action may be repeated.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Http(http) => read_if(http.request.method.is_read()),
            Self::Sql(sql) => read_if(sql.is_read()),
            Self::Redis(redis) => read_if(redis.is_read()),
            // Looking at frames consumes them.
            Self::Ws(_) | Self::Sse(_) => Effect::Write,
            Self::Mcp(mcp) => read_if(mcp.is_read()),
            Self::Agent(agent) => read_if(agent.is_read()),
            Self::Stub(stub) => read_if(stub.is_read()),
            Self::Edge(edge) => read_if(edge.is_read()),
            Self::Logs(_) => Effect::Read,
            Self::Service(_) | Self::Run(_) | Self::Snapshot(_) | Self::Pause(_) | Self::Let(_) => {
                Effect::Write
            }
            Self::Parallel(_) | Self::Repeat(_) | Self::Use(_) => Effect::Group,
        }
    }

    /// The facets that its observation can have.
    pub fn facets(&self) -> &'static [Facet] {
        use Facet::*;
        match self {
            Self::Http(_) => {
                &[Status, Headers, Body, Json, Text, Size, Sha256, Chunks, FirstByte, Took, Error]
            }
            Self::Sql(_) => &[Value, Rows, Affected, Json, Error, Took],
            Self::Redis(_) => &[Value, Json, Text, Error],
            Self::Ws(_) | Self::Sse(_) => &[Status, Headers, Body, Frames, Closed, Error, Took],
            Self::Mcp(_) => &[Status, Json, Text, Value, Error, Took],
            Self::Agent(_) => &[Value, Json, Text, Status, Error, Took],
            Self::Stub(_) | Self::Edge(_) => &[Value, Json, Status],
            Self::Logs(_) => &[Lines, Text, Value],
            Self::Service(service) if service.is_refused() => &[Exit, Stdout, Stderr, Error, Took],
            Self::Service(_) => &[Took],
            Self::Run(_) => &[Exit, Stdout, Stderr, Json, Took],
            Self::Parallel(_) => &[Took],
            Self::Let(_) => &[Value, Json],
            Self::Repeat(_) => &[Took, Value],
            Self::Use(_) | Self::Snapshot(_) | Self::Pause(_) => &[],
        }
    }

    /// The facet that a capture path without `from` walks.
    pub fn main_facet(&self) -> Option<Facet> {
        match self {
            Self::Http(_) | Self::Mcp(_) | Self::Stub(_) | Self::Edge(_) => Some(Facet::Json),
            Self::Sql(_) | Self::Redis(_) | Self::Agent(_) | Self::Let(_) => Some(Facet::Value),
            Self::Ws(_) | Self::Sse(_) => Some(Facet::Frames),
            Self::Logs(_) => Some(Facet::Lines),
            Self::Run(_) => Some(Facet::Stdout),
            Self::Service(service) if service.is_refused() => Some(Facet::Stdout),
            _ => None,
        }
    }

    /// Whether the action judges by itself, or has steps inside that do.
    pub fn judges(&self) -> bool {
        match self {
            Self::Snapshot(_) | Self::Use(_) => true,
            Self::Service(service) => service.is_refused(),
            Self::Ws(feed) | Self::Sse(feed) => matches!(**feed, Feed::Sees(_) | Feed::NeverSees(_)),
            action => action.inner().iter().any(|(_, steps)| {
                steps.iter().any(|step| step.expect.is_some() || step.wait.is_some() || step.action.judges())
            }),
        }
    }

    /// The steps inside, each list with the branch it belongs to.
    pub fn inner(&self) -> Vec<(&str, &[super::Step])> {
        match self {
            Self::Parallel(parallel) => {
                parallel.branches.iter().map(|(name, steps)| (name, steps.as_slice())).collect()
            }
            Self::Repeat(repeat) => vec![("", repeat.steps.as_slice())],
            _ => Vec::new(),
        }
    }
}

fn read_if(reads: bool) -> Effect {
    if reads { Effect::Read } else { Effect::Write }
}
