//! The rules of the lint, by name.
//!
//! The language's own rules are judged in [`crate::check`]; those that need the whole project in the harness.

crate::words! {
    /// Which rule a finding is about.
    pub enum Rule in "a rule" {
        /// The file is in the language: keys, types, places and names that exist.
        Language = "language",
        /// A name that is captured or bound is read somewhere.
        UnusedCapture = "unused-capture",
        /// A pause stands for a wait that no condition can replace, and says which.
        BarePause = "bare-pause",
        /// Files, parts and topologies that are referred to exist and can be read.
        Reference = "reference",
        /// Every step that looks at something expects something, and where the answer has a body, of the body.
        WeakExpectation = "weak-expectation",
        /// No two steps of a file, replays of an area, or titles are the same.
        DuplicateName = "duplicate-name",
        /// Nothing in a replay skips or leaves early: what cannot pass yet is in the list of expected failures.
        SkipMarker = "skip-marker",
        /// Every replay can be seen red.
        Witness = "witness",
        /// The list of expected failures is sound and only shrinks.
        Xfail = "xfail",
        /// A citation names a row of the ledger.
        LedgerId = "ledger-id",
        /// A row of the ledger has an id of its own, a title and a level.
        LedgerRow = "ledger-row",
        /// A citation stands above a test.
        LedgerCitation = "ledger-citation",
        /// What production sets on a tenant, the topology sets, too.
        EnvNotInTopology = "env-not-in-topology",
        /// What the topology sets on a tenant, production sets, too, or it is a deviation with a reason.
        EnvNotInProduction = "env-not-in-production",
        /// What the server needs is set by the topology or by production.
        EnvRequired = "env-required",
        /// What is set is read by the server.
        EnvUnread = "env-unread",
        /// A variable has the same shape in the topology, in production and in the server's table.
        EnvShape = "env-shape",
        /// Variables that must lead to the same host do.
        EnvHosts = "env-hosts",
        /// Tenants do not share what must differ.
        EnvShared = "env-shared",
        /// A cap is the same in the edge, the server, the agent and the client.
        Cap = "cap",
    }
}
