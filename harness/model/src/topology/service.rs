//! What runs: the kinds of service, their environment and when they are ready.

use indexmap::IndexMap;

use super::text::Text;
use crate::words;

words! {
    /// What carries a world.
    pub enum Backend in "a backend" {
        /// Child processes and in-process tasks.
        Process = "process",
        /// Containers.
        Docker = "docker",
    }
}

/// A program of this project: how it is built and how its freshness is proven.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// The cargo package.
    pub package: String,
    /// The binary of that package.
    pub bin: String,
    /// Cargo features to build with.
    pub features: Vec<String>,
    /// Files and folders whose content is the program's source digest.
    pub sources: Vec<String>,
    /// Further variables of the build.
    pub build_env: IndexMap<String, String>,
    /// The build variable that carries the digest into the binary.
    pub digest_env: Option<String>,
    /// Where a running service reports the digest it was built from.
    pub digest_at: Option<DigestAt>,
    /// The run-time variable that names the bug seams a witness switches on.
    pub bug_env: Option<String>,
    /// Further features of the flavour that has those seams, built when a witness first needs it.
    pub bug_features: Vec<String>,
}

/// Where a running service reports the digest of its sources.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DigestAt {
    /// The path to `GET`.
    pub path: String,
    /// The RFC 9535 path of the digest in the JSON answer.
    pub json: String,
}

/// One service of a topology.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceSpec {
    /// What it is.
    pub kind: Kind,
    /// Whether a machine without it still makes worlds: what refers to it is then left unset, and
    /// the missing capability is listed.
    pub optional: bool,
    /// The variable of the harness (such as `BASE`) whose URL gives a leased world's service its
    /// port; worlds of a run always get ports of their own.
    pub address_env: Option<String>,
    /// The port it listens on where it has an address of its own; services that share one get leased ports.
    pub port: Option<u16>,
    /// Services that must be ready before this one starts.
    pub needs: Vec<String>,
    /// Its whole environment: a child gets nothing that is not declared here.
    pub env: IndexMap<String, EnvValue>,
    /// Conditions in order; the service is ready when the last one holds.
    pub ready: Vec<Ready>,
}

/// The kinds of service a backend can run.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A Postgres cluster with one database per world.
    Postgres(PostgresSpec),
    /// A Redis, one logical database per world.
    Redis(RedisSpec),
    /// A program of this project, run as a child process.
    Program {
        /// Its name in `programs`.
        name: String,
        /// Its arguments.
        args: Vec<Text>,
    },
    /// The Cloudflare-like edge.
    Edge(EdgeSpec),
    /// The host of the agent stand-ins.
    Agents,
    /// A server that answers each request as JSON and keeps a request log.
    Echo(EchoSpec),
}

/// A Postgres cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PostgresSpec {
    /// Files and folders that shape a freshly migrated database. Once per content the topology is
    /// brought up on empty databases and what its programs made of them becomes the template.
    pub template: Vec<String>,
    /// The container image, for backends that run images.
    pub image: Option<String>,
}

/// A Redis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RedisSpec {
    /// The value of `notify-keyspace-events`.
    pub notify: Option<String>,
    /// The container image, for backends that run images.
    pub image: Option<String>,
}

/// The edge.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EdgeSpec {
    /// `Host` -> service; compared without case and port.
    pub routes: IndexMap<Text, String>,
    /// Paths where a WebSocket handshake is let through; `*` is one segment.
    pub websockets: Vec<String>,
}

/// An echo server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EchoSpec {
    /// The path that answers the request log.
    pub log_path: String,
}

/// One value of a service's environment.
#[derive(Clone, Debug, PartialEq)]
pub enum EnvValue {
    /// A string, possibly with references.
    Text(Text),
    /// A value that is masked in every report.
    Secret(SecretSpec),
    /// Set on one backend only: what its way of running asks for and no other does.
    On(Backend, Text),
    /// Not set; only useful in a variant.
    Unset,
}

impl Backend {
    /// The environment variable that chooses one where nothing else does.
    pub const VARIABLE: &'static str = "HARNESS_BACKEND";
}

impl EnvValue {
    /// The value as one backend sees it; none when it is for another.
    #[must_use]
    pub fn on(self, backend: Backend) -> Option<Self> {
        match self {
            Self::On(only, text) => (only == backend).then_some(Self::Text(text)),
            value @ (Self::Text(_) | Self::Secret(_) | Self::Unset) => Some(value),
        }
    }
}

/// How a secret value comes to be.
#[derive(Clone, Debug, PartialEq)]
pub enum SecretSpec {
    /// 32 random bytes as hex, drawn anew in each world.
    Random,
    /// 32 random bytes as standard base64, drawn anew in each world.
    Key32,
    /// A given text, possibly with references.
    Text(Text),
}

/// A readiness condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Ready {
    /// A line of the service's log contains this text.
    Log(String),
    /// A `GET` answers with this status.
    Http {
        /// The path.
        path: String,
        /// The `Host` to send, when it is not the service's own.
        host: Option<String>,
        /// The status that counts, 200 unless told.
        status: u16,
    },
    /// The service's port accepts a connection.
    Tcp,
    /// The program ends with this code.
    Exit(i32),
}
