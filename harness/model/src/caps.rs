//! The file that says which limits stand in several places, and where.

use crate::form::{Form as _, Map};
use crate::record;
use crate::topology::written::At;
use crate::units::Bytes;
use crate::yaml::{self, Diagnostics, Source};

record! {
    /// Limits that several places must agree on.
    pub struct Caps in "a list of caps" {
        /// The limits by name.
        caps: Map<Cap> = required("caps"),
    }
}

record! {
    /// One limit.
    pub struct Cap in "a cap" {
        /// How much it is.
        bytes: Bytes = required("bytes"),
        /// Where it stands.
        places: Vec<Place> = required("places"),
    }
}

record! {
    /// One place of a limit.
    pub struct Place in "a place of a cap" {
        /// Whose limit it is: edge, server, agent, client.
        of: String = required("of"),
        /// The Rust source.
        file: At<String> = required("file"),
        /// The constant that holds it.
        constant: String = required("constant"),
    }
}

impl Caps {
    /// Reads the file; `None` when it has errors.
    #[must_use]
    pub fn parse(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let read = yaml::parse(&mut diagnostics).and_then(|node| Self::read(&node, &mut diagnostics));
        (read.filter(|_| !diagnostics.has_errors()), diagnostics)
    }
}
