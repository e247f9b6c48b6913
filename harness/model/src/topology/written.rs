//! A topology as it is written: the forms of the file, before [`lower`](super::lower).

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use super::identity::Param;
use super::rule::RuleForm;
use super::service::{Backend, EnvValue, SecretSpec};
use super::text::Text;
use crate::form::{Form, Map};
use crate::replay::Volatile;
use crate::yaml::{Diagnostic, Diagnostics, Node, Span, Tree};
use crate::{choice, record, words};

record! {
    /// A topology: services, identities and variants. Loading one starts nothing.
    pub struct File in "a topology" {
        /// Its name, as replays use it.
        topology: String = required("topology"),
        /// The programs its services run.
        programs: Map<ProgramForm> = default("programs"),
        /// Texts a person may override from the environment, as `${var.<name>}`.
        variables: Map<VariableForm> = default("variables"),
        /// The services.
        services: Map<ServiceForm> = required("services"),
        /// What the actions of a replay talk to: `stub`, `agents`, `edge`.
        roles: Map<At<String>> = default("roles"),
        /// Names a SQL step may use, each with its Postgres service.
        databases: Map<At<String>> = default("databases"),
        /// Values fetched from a running world.
        lookups: Map<LookupForm> = default("lookups"),
        /// Named ways to call.
        identities: Map<IdentityForm> = default("identities"),
        /// Named differences: service -> what differs, or a whole further service.
        variants: Map<Map<PatchForm>> = default("variants"),
        /// A step file that fills a world with the seed data.
        seed: Option<String> = optional("seed"),
        /// A part that must hold at the end of every replay.
        closing: Option<String> = optional("closing"),
        /// Texts that no service may ever log: a run that finds one is red.
        never_logged: Vec<String> = default("never_logged"),
        /// Tables whose last rows a red case leaves to look at, by database.
        evidence: Map<Vec<String>> = default("evidence"),
        /// Names that no program may be able to reach: a world where one can is refused.
        unreachable: Vec<String> = default("unreachable"),
        /// What holds of every answer, whichever step asked for it.
        always: Vec<RuleForm> = default("always"),
        /// What differs from run to run in any answer of its services: `headers $.date`.
        volatile: Vec<Volatile> = default("volatile"),
        /// What a person must know who looks at a world of it.
        notes: Vec<String> = default("notes"),
    }
}

record! {
    /// A program: how it is built and how its freshness is proven.
    pub struct ProgramForm in "a program" {
        /// The cargo package.
        package: String = required("package"),
        /// The binary, when it is not named like the program.
        bin: Option<String> = optional("bin"),
        /// Cargo features to build with.
        features: Vec<String> = default("features"),
        /// Files and folders whose content is its digest.
        sources: Vec<String> = required("sources"),
        /// Further variables of the build.
        build_env: Map<String> = default("build_env"),
        /// The build variable that carries the digest into the binary.
        digest_env: Option<String> = optional("digest_env"),
        /// Where a running service reports the digest.
        digest_at: Option<DigestForm> = optional("digest_at"),
        /// The run-time variable that switches bug seams on.
        bug_env: Option<String> = optional("bug_env"),
        /// Cargo features of the flavour that has bug seams; it is built when a witness needs it.
        bug_features: Vec<String> = default("bug_features"),
    }
}

record! {
    /// Where a running service reports the digest of its sources.
    pub struct DigestForm in "digest_at" {
        /// The path to `GET`.
        get: String = required("get"),
        /// The JSON path of the digest.
        json: At<String> = required("json"),
    }
}

record! {
    /// A text that a person may override.
    pub struct VariableForm in "a variable" {
        /// The environment variable of the harness that overrides it.
        env: Option<String> = optional("env"),
        /// Its value otherwise.
        default: String = required("default"),
    }
}

record! {
    /// A service.
    pub struct ServiceForm in "a service" {
        /// What it is.
        kind: KindForm = group,
        /// The rest.
        common: CommonForm = group,
    }
}

record! {
    /// What differs in a variant, or a further service.
    pub struct PatchForm in "a variant's service" {
        /// What a further service is.
        kind: Option<KindForm> = maybe,
        /// The rest.
        common: CommonForm = group,
    }
}

record! {
    /// What every kind of service has.
    pub struct CommonForm in "a service" {
        /// Arguments of its program.
        args: Vec<At<Text>> = default("args"),
        /// Whether worlds are made without it where it is missing.
        optional: bool = default("optional"),
        /// The variable of the harness whose URL gives a leased world's service its port.
        address_env: Option<String> = optional("address_env"),
        /// The port it listens on where it has an address of its own.
        port: Option<u16> = optional("port"),
        /// Services that must be ready first.
        needs: Vec<At<String>> = default("needs"),
        /// Its whole environment.
        env: Map<EnvValue> = default("env"),
        /// Conditions in order.
        ready: Vec<ReadyForm> = default("ready"),
    }
}

choice! {
    /// What a service is.
    pub enum KindForm in "a service" {
        /// A Postgres with one database per world.
        Postgres(PostgresForm) = "postgres",
        /// A Redis with one logical database per world.
        Redis(RedisForm) = "redis",
        /// A program, run as a child process.
        Program(At<String>) = "program",
        /// The Cloudflare-like edge.
        Edge(EdgeForm) = "edge",
        /// The host of the agent stand-ins.
        Agents(crate::form::Yes) = "agents",
        /// A server that answers requests as JSON and keeps a log.
        Echo(EchoForm) = "echo",
    }
}

record! {
    /// A Postgres.
    pub struct PostgresForm in "postgres" {
        /// Files and folders that shape a freshly migrated database.
        template: Vec<String> = default("template"),
        /// The container image.
        image: Option<String> = optional("image"),
    }
}

record! {
    /// A Redis.
    pub struct RedisForm in "redis" {
        /// The value of `notify-keyspace-events`.
        notify: Option<String> = optional("notify"),
        /// The container image.
        image: Option<String> = optional("image"),
    }
}

record! {
    /// The edge.
    pub struct EdgeForm in "edge" {
        /// `Host` -> service.
        routes: Map<At<String>> = required("routes"),
        /// Paths where a WebSocket handshake is let through; `*` is one segment.
        websockets: Vec<String> = default("websockets"),
    }
}

record! {
    /// An echo server.
    pub struct EchoForm in "echo" {
        /// The path that answers the request log.
        log: String = required("log"),
    }
}

record! {
    /// A readiness condition.
    pub struct ReadyForm in "a readiness condition" {
        /// What must hold.
        what: ReadyKind = group,
        /// The `Host` of an `http` condition.
        host: Option<String> = optional("host"),
        /// The status of an `http` condition, 200 unless told.
        status: Option<u16> = optional("status"),
    }
}

choice! {
    /// What must hold.
    pub enum ReadyKind in "a readiness condition" {
        /// A log line contains this text.
        Log(String) = "log",
        /// A `GET` of this path answers.
        Http(String) = "http",
        /// The port accepts connections.
        Tcp(crate::form::Yes) = "tcp",
        /// The program ends with this code.
        Exit(u16) = "exit",
    }
}

record! {
    /// A value fetched from a running world.
    pub struct LookupForm in "a lookup" {
        /// Its arguments.
        params: Vec<String> = default("params"),
        /// The identity that asks.
        identity: Option<At<String>> = optional("as"),
        /// The request.
        call: CallForm = group,
        /// The JSON body of a `post`.
        body: Option<Json> = optional("send"),
        /// The JSON path of the value.
        json: At<String> = required("json"),
        /// Whether it is masked in reports.
        secret: bool = default("secret"),
        /// Whether one answer serves the whole life of a world.
        once: bool = default("once"),
    }
}

choice! {
    /// The request of a lookup.
    pub enum CallForm in "a lookup" {
        /// `GET` this.
        Get(At<Text>) = "get",
        /// `POST` to this.
        Post(At<Text>) = "post",
    }
}

record! {
    /// A named way to call.
    pub struct IdentityForm in "an identity" {
        /// The identity it starts from.
        like: Option<At<String>> = optional("like"),
        /// The service called.
        via: Option<At<Text>> = optional("via"),
        /// The `Host` header.
        host: Option<At<Text>> = optional("host"),
        /// Parameters with their defaults.
        params: Map<ParamForm> = default("params"),
        /// The bearer credential.
        bearer: Option<At<Text>> = optional("bearer"),
        /// Further headers.
        headers: Map<At<Text>> = default("headers"),
    }
}

words! {
    /// How a secret is drawn.
    pub enum Drawn in "secret" {
        /// 32 random bytes as hex.
        Random = "random",
        /// 32 random bytes as base64.
        Key32 = "key32",
    }
}

/// A value that knows where it stands.
#[derive(Clone, Debug)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T: PartialEq> PartialEq for At<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Form> Form for At<T> {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        T::read(node, diagnostics).map(|value| Self { value, span: node.span })
    }

    fn write(&self) -> Node {
        self.value.write()
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        T::schema(generator)
    }
}

impl Form for Text {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let text = String::read(node, diagnostics)?;
        Self::parse(&text).map_err(|error| diagnostics.push(Diagnostic::error(node.span, error.problem))).ok()
    }

    fn write(&self) -> Node {
        Node::text(self.to_string())
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// `null` unsets, a text is itself, `{ secret: ... }` is masked, `{ on: process, text: ... }` is for one backend.
impl Form for EnvValue {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        match &node.tree {
            Tree::Null => Some(Self::Unset),
            Tree::Map(_) => {
                let mut map = crate::form::MapReader::open("a variable", node, diagnostics)?;
                let secret: Option<Node> = map.entry("secret").map(|entry| entry.value.clone());
                let Some(secret) = secret else {
                    let on = map.required("on", diagnostics);
                    let text = map.required("text", diagnostics);
                    map.close(diagnostics)?;
                    return Some(Self::On(on?, text?));
                };
                map.close(diagnostics)?;
                let drawn = secret.as_text().and_then(Drawn::from_word);
                let spec = match drawn {
                    Some(Drawn::Random) => SecretSpec::Random,
                    Some(Drawn::Key32) => SecretSpec::Key32,
                    None => SecretSpec::Text(Text::read(&secret, diagnostics)?),
                };
                Some(Self::Secret(spec))
            }
            _ => Text::read(node, diagnostics).map(Self::Text),
        }
    }

    fn write(&self) -> Node {
        let secret = |node| Node::map([("secret", node)]);
        match self {
            Self::Unset => Node::of(Tree::Null),
            Self::Text(text) => text.write(),
            Self::On(backend, text) => Node::map([("on", backend.write()), ("text", text.write())]),
            Self::Secret(SecretSpec::Random) => secret(Drawn::Random.write()),
            Self::Secret(SecretSpec::Key32) => secret(Drawn::Key32.write()),
            Self::Secret(SecretSpec::Text(text)) => secret(text.write()),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": ["string", "null"] },
                {
                    "type": "object",
                    "properties": { "secret": { "type": "string" } },
                    "required": ["secret"],
                    "additionalProperties": false
                },
                {
                    "type": "object",
                    "properties": { "on": { "enum": Backend::WORDS }, "text": { "type": "string" } },
                    "required": ["on", "text"],
                    "additionalProperties": false
                }
            ]
        })
    }
}

/// A parameter's default: `required`, null, a text or a list of texts.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamForm(pub Param);

impl Form for ParamForm {
    fn read(node: &Node, diagnostics: &mut Diagnostics) -> Option<Self> {
        let param = match &node.tree {
            Tree::Null => Param::Null,
            Tree::List(_) => Param::List(Vec::read(node, diagnostics)?),
            Tree::Map(_) => {
                let mut map = crate::form::MapReader::open("a parameter", node, diagnostics)?;
                let required: Option<crate::form::Yes> = map.required("required", diagnostics);
                map.close(diagnostics)?;
                required.map(|_| Param::Required)?
            }
            _ => Param::Text(Text::read(node, diagnostics)?),
        };
        Some(Self(param))
    }

    fn write(&self) -> Node {
        match &self.0 {
            Param::Required => Node::map([("required", true.write())]),
            Param::Null => Node::of(Tree::Null),
            Param::Text(text) => text.write(),
            Param::List(texts) => texts.write(),
        }
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [
                { "type": ["string", "null"] },
                { "type": "array", "items": { "type": "string" } },
                { "type": "object", "properties": { "required": { "const": true } }, "required": ["required"],
                  "additionalProperties": false }
            ]
        })
    }
}

/// Any JSON value.
#[derive(Clone, Debug, PartialEq)]
pub struct Json(pub Value);

impl Form for Json {
    fn read(node: &Node, _: &mut Diagnostics) -> Option<Self> {
        Some(Self(node.to_json()))
    }

    fn write(&self) -> Node {
        Node::from_json(&self.0, Span::NOWHERE)
    }

    fn schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}
