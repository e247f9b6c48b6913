//! The file that says what production sets on a tenant.

use crate::form::{Form as _, Map};
use crate::record;
use crate::topology::written::At;
use crate::yaml::{self, Diagnostics, Source};

use super::Shape;

record! {
    /// What production sets on a tenant, and in what a topology may differ.
    pub struct Production in "a production list" {
        /// Where the list comes from, as a sentence.
        provenance: String = required("provenance"),
        /// The day it was right, as in `2026-06-14`.
        as_of: String = required("as_of"),
        /// The topology that stands for production.
        topology: At<String> = required("topology"),
        /// The services of the topology that are tenants.
        tenants: Vec<At<String>> = required("tenants"),
        /// The file with the table that the server prints.
        server: At<String> = required("server"),
        /// The variables that production sets.
        sets: Map<Setting> = required("sets"),
        /// Variables that only the topology sets, each with the reason.
        deviations: Map<String> = default("deviations"),
        /// Variables that nothing in the server reads, each with the reason why they are set all the same.
        unread: Map<String> = default("unread"),
        /// Variables that must lead to the same host.
        agree: Vec<At<Vec<String>>> = default("agree"),
        /// Variables that no two tenants may share.
        differ: Vec<At<String>> = default("differ"),
    }
}

record! {
    /// One variable as production sets it.
    pub struct Setting in "a variable of production" {
        /// Who sets it.
        from: String = required("from"),
        /// What its value looks like.
        shape: Shape = required("shape"),
    }
}

impl Production {
    /// Reads the file; `None` when it has errors.
    #[must_use]
    pub fn parse(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let read = yaml::parse(&mut diagnostics).and_then(|node| Self::read(&node, &mut diagnostics));
        (read.filter(|_| !diagnostics.has_errors()), diagnostics)
    }
}
