//! The argument that chooses what carries the worlds.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};

use crate::world::Backend;

/// What carries the worlds.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Carrier {
    /// What carries the worlds: child processes of this machine, or containers.
    #[arg(long, env = Backend::VARIABLE, default_value = "process", value_parser = words())]
    pub(super) backend: Backend,
}

fn words() -> impl clap::builder::TypedValueParser<Value = Backend> {
    PossibleValuesParser::new(Backend::WORDS)
        .map(|word| Backend::from_word(&word).expect("the parser lets only these words through"))
}
