//! `agent`: an agent stand-in.

use crate::form::{Map, Yes};
use crate::template::{Dyn, Template, TemplateValue};
use crate::units::{Bytes, Time};
use crate::{choice, record, verbs, words};

verbs! {
    /// One thing done with an agent stand-in. Without a verb it is how the agent answers:
    /// `{ of: "${ws}", reply: PONG }`.
    pub enum Agent in "agent" {
        /// Runs one of its tools; the tool's text is `text`.
        Tool(ToolCall) by "tool",
        /// What it received, in order, as `value`.
        Requests(AgentRequests) by "requests_of",
        /// Changes its heartbeats.
        Heartbeat(AgentHeartbeat) by "heartbeat",
        /// Changes its upload endpoint.
        Uploads(AgentUploads) by "uploads",
        /// Builds a channel envelope from a raw inbound row; the envelope is `value`.
        Envelope(AgentEnvelope) by "envelope",
        /// Starts an agent that the control plane did not start.
        Spawn(Spawn) by "spawn",
        /// Stops it: listener closed, heartbeats ended.
        Kill(AgentKill) by "kill",
        /// Everything known of it (token, secret, files, environment, counters) as `value`.
        Inspect(AgentInspect) by "inspect",
        =>
        /// How it answers from now on.
        Behave(AgentBehave),
    }
}

record! {
    /// How an agent answers from now on.
    pub struct AgentBehave in "agent" {
        /// The agent, by the id it runs for.
        of: Template = required("of"),
        /// What it does.
        behaviour: AgentBehaviour = group,
    }
}

record! {
    /// How an agent answers.
    pub struct AgentBehaviour in "behaviour" {
        /// The JSON-RPC method it is about; all when left out.
        method: Option<Template> = optional("on"),
        /// For so many calls; from then on as before.
        for_next: Option<Dyn<u64>> = optional("for_next"),
        /// The time before it answers.
        delay: Option<Dyn<Time>> = optional("delay"),
        /// The answer; the usual reply when left out.
        answer: Option<Behaviour> = maybe,
    }
}

choice! {
    /// The answer of an agent.
    pub enum Behaviour in "a behaviour" {
        /// A message with this text.
        Reply(Template) = "reply",
        /// A message with the text it was sent.
        Echo(Yes) = "echo",
        /// This status and body.
        Status(StatusReply) = "status",
        /// Reads the request, then closes the connection without a byte.
        Busy(Yes) = "busy",
        /// Resets the connection.
        Reset(Yes) = "reset",
        /// Never answers.
        Hang(Yes) = "hang",
        /// Announces a full body, sends so many bytes, closes.
        Truncate(Dyn<Bytes>) = "truncate",
        /// Sends headers at once, then the body in pieces.
        Trickle(Chunked) = "trickle",
        /// A reply of about this size.
        Big(Dyn<Bytes>) = "big",
        /// 200 with a body that is no JSON.
        Malformed(Yes) = "malformed",
        /// A JSON-RPC error.
        JsonRpcError(JsonRpcError) = "jsonrpc_error",
        /// A stream of events.
        Stream(Chunked) = "stream",
        /// The listener is off.
        Refuse(Yes) = "refuse",
        /// Its address leads nowhere.
        Blackhole(Yes) = "blackhole",
    }
}

record! {
    /// A plain HTTP answer.
    pub struct StatusReply in "status" {
        /// The status code.
        code: Dyn<u16> = required("code"),
        /// The body; a text as it stands, anything else as JSON.
        body: Option<TemplateValue> = optional("body"),
        /// Headers.
        headers: Map<Template> = default("headers"),
    }
}

record! {
    /// An answer in pieces.
    pub struct Chunked in "chunks" {
        /// The pieces.
        chunks: Vec<Template> = required("chunks"),
        /// The time between two pieces.
        gap: Dyn<Time> = required("gap"),
    }
}

record! {
    /// A JSON-RPC error.
    pub struct JsonRpcError in "jsonrpc_error" {
        /// Its code.
        code: Dyn<i64> = required("code"),
        /// Its message.
        message: Template = required("message"),
    }
}

record! {
    /// A call of an agent's tool.
    pub struct ToolCall in "agent" {
        /// The agent.
        of: Template = required("of"),
        /// The tool.
        tool: Template = required("tool"),
        /// Its arguments.
        with: Option<TemplateValue> = optional("with"),
        /// As whom the tool calls the platform, where it differs from the agent itself.
        disguise: Option<Disguise> = optional("as"),
    }
}

record! {
    /// What a tool's call of the platform pretends; `null` leaves a header out.
    pub struct Disguise in "as" {
        /// Another id.
        workspace_id: Option<Template> = optional("workspace_id"),
        /// Another platform.
        platform_url: Option<Template> = optional("platform_url"),
        /// Another token.
        token: Option<TemplateValue> = optional("token"),
        /// Another `Origin`.
        origin: Option<TemplateValue> = optional("origin"),
        /// Another `Host`.
        host: Option<Template> = optional("host"),
        /// Further headers.
        headers: Map<Template> = default("headers"),
    }
}

record! {
    /// Which of the received requests are wanted.
    pub struct AgentRequests in "agent" {
        /// The agent.
        of: Template = required("requests_of"),
        /// Only this JSON-RPC method.
        method: Option<Template> = optional("method"),
        /// Only this path.
        path: Option<Template> = optional("path"),
        /// Only those after this position.
        after: Option<Dyn<u64>> = optional("after"),
    }
}

record! {
    /// A change of an agent's heartbeats.
    pub struct AgentHeartbeat in "agent" {
        /// The agent.
        of: Template = required("of"),
        /// The change.
        heartbeat: Heartbeat = required("heartbeat"),
    }
}

record! {
    /// A change of an agent's upload endpoint.
    pub struct AgentUploads in "agent" {
        /// The agent.
        of: Template = required("of"),
        /// The change.
        uploads: Uploads = required("uploads"),
    }
}

record! {
    /// An envelope to build.
    pub struct AgentEnvelope in "agent" {
        /// The agent that builds it.
        of: Template = required("of"),
        /// The raw inbound row.
        row: TemplateValue = required("envelope"),
    }
}

record! {
    /// An agent to stop.
    pub struct AgentKill in "agent" {
        /// The agent.
        of: Template = required("kill"),
    }
}

record! {
    /// An agent to look at.
    pub struct AgentInspect in "agent" {
        /// The agent.
        of: Template = required("inspect"),
    }
}

record! {
    /// What an agent's heartbeats say; what is left out stays.
    pub struct Heartbeat in "heartbeat" {
        /// Whether there are any.
        on: Option<Dyn<bool>> = optional("on"),
        /// The time between two.
        every: Option<Dyn<Time>> = optional("every"),
        /// Share of failed calls.
        error_rate: Option<TemplateValue> = optional("error_rate"),
        /// A sample of an error.
        sample_error: Option<Template> = optional("sample_error"),
        /// Number of tasks in work.
        active_tasks: Option<Dyn<u64>> = optional("active_tasks"),
        /// What it works on.
        current_task: Option<Template> = optional("current_task"),
        /// State of the runtime, such as `wedged`.
        runtime_state: Option<TemplateValue> = optional("runtime_state"),
        /// Capabilities by name.
        capabilities: Map<TemplateValue> = default("capabilities"),
        /// Idle window override in seconds.
        idle_timeout_seconds: Option<TemplateValue> = optional("idle_timeout_seconds"),
    }
}

record! {
    /// How an agent's upload endpoint behaves.
    pub struct Uploads in "uploads" {
        /// Answer every upload with this status.
        force_status: Option<Dyn<u16>> = optional("force_status"),
        /// Read bodies slowly.
        slow_read: Option<Dyn<Time>> = optional("slow_read"),
        /// What to do with the stored inbound secret: `delete`, `empty`, or a new value.
        secret: Option<TemplateValue> = optional("secret"),
        /// Back to normal.
        normal: Option<Yes> = optional("normal"),
    }
}

words! {
    /// When a spawned agent registers.
    pub enum AgentMode in "mode" {
        /// At once, then it sends heartbeats.
        Auto = "auto",
        /// Never: it only has its tools.
        Never = "never",
    }
}

record! {
    /// An agent that the control plane did not start.
    pub struct Spawn in "agent" {
        /// The id it runs for.
        id: Template = required("spawn"),
        /// The platform it talks to; a service's URL.
        platform_url: Template = required("platform_url"),
        /// When it registers; at once when left out.
        mode: Option<AgentMode> = optional("mode"),
        /// The token it uses; that of its registration when left out, none at all when `null`.
        token: Option<TemplateValue> = optional("token"),
        /// The `Origin` it sends; the platform's when left out, none at all when `null`.
        origin: Option<TemplateValue> = optional("origin"),
        /// Its organisation: a label, and the org header when `send_org_id`.
        org_id: Option<Template> = optional("org_id"),
        /// Whether it sends its organisation as a header.
        send_org_id: bool = default("send_org_id"),
        /// Push or poll.
        delivery_mode: Option<Template> = optional("delivery_mode"),
        /// Its runtime.
        runtime: Option<Template> = optional("runtime"),
        /// Its environment.
        env: Map<Template> = default("env"),
    }
}

impl Agent {
    /// Whether the action may be repeated.
    pub fn is_read(&self) -> bool {
        matches!(self, Self::Requests(_) | Self::Inspect(_) | Self::Envelope(_))
    }
}
