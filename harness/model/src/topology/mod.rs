//! A topology: services, their environment and readiness, identities, lookups and variants.
//!
//! A topology is a value. Loading one starts nothing, and nothing in the engine knows what the
//! services are: which server, which header carries the tenant, how a token is looked up are all
//! data of this tree. Reading order: [`service`] (what runs), [`identity`] (who calls),
//! [`variant`] (what differs), [`rule`] (what holds of every answer), [`text`] (strings with `${references}`).

mod check;
pub mod identity;
mod lower;
pub mod rule;
pub mod service;
#[cfg(test)]
mod tests;
pub mod text;
pub mod variant;
pub mod written;

pub use identity::{Call, IdentitySpec, LookupSpec, Param};
pub use rule::Rule;
pub use service::{
    Backend, DigestAt, EchoSpec, EdgeSpec, EnvValue, Kind, PostgresSpec, Program, Ready, RedisSpec,
    SecretSpec, ServiceSpec,
};
pub use text::{Reference, Segment, Text, TextError};
pub use variant::Variant;

use indexmap::IndexMap;

use written::File;

use crate::form::Form as _;
use crate::replay::Volatile;
use crate::yaml::{self, Diagnostics, Source};

/// One topology file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topology {
    /// Its name; replays say `topology: <name>`.
    pub name: String,
    /// The programs its services run, and how they are built.
    pub programs: IndexMap<String, Program>,
    /// Texts a person may override from the environment: `${var.<name>}`.
    pub variables: IndexMap<String, Variable>,
    /// The services, in file order.
    pub services: IndexMap<String, ServiceSpec>,
    /// What the engine's actions talk to: `stub`, `agents`, `edge`, ... -> service name.
    pub roles: IndexMap<String, String>,
    /// Names a SQL step may use in `on:` -> a Postgres service.
    pub databases: IndexMap<String, String>,
    /// Values fetched from a running world, such as an agent's token.
    pub lookups: IndexMap<String, LookupSpec>,
    /// Named ways to call.
    pub identities: IndexMap<String, IdentitySpec>,
    /// Named differences from the default.
    pub variants: IndexMap<String, Variant>,
    /// A step file that fills a world with the seed data.
    pub seed: Option<String>,
    /// A part that must hold at the end of every replay.
    pub closing: Option<String>,
    /// Texts that no service may ever log: a run that finds one is red.
    pub never_logged: Vec<String>,
    /// Tables whose last rows a red case leaves to look at, by database.
    pub evidence: IndexMap<String, Vec<String>>,
    /// Names that no program may be able to reach, where the backend can see to it: a world where one can is
    /// refused.
    pub unreachable: Vec<String>,
    /// What holds of every answer, whichever step asked for it.
    pub always: Vec<Rule>,
    /// What differs from run to run in any answer of its services.
    pub volatile: Vec<Volatile>,
    /// What a person must know who looks at a world of it.
    pub notes: Vec<String>,
}

/// A text that a person may override from the environment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// The environment variable of the harness that overrides it.
    pub env: Option<String>,
    /// Its value otherwise.
    pub default: String,
}

impl Topology {
    /// Reads and checks a file; `None` when it has errors, all of which are in the diagnostics.
    #[must_use]
    pub fn read(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let file = yaml::parse(&mut diagnostics).and_then(|node| File::read(&node, &mut diagnostics));
        if let Some(file) = &file {
            check::check(file, &mut diagnostics);
        }
        let sound = file.filter(|_| !diagnostics.has_errors());
        (sound.as_ref().map(lower::topology), diagnostics)
    }
}
