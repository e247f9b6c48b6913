//! Where the edge as nginx differs from the edge here, which follows production: the one list.
//!
//! Each row is shown by a case of its own in `harness/tests/edge/differences.rs`, and `docs/edge.md` holds this
//! table as it stands here.

/// One difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    /// A short name, which the case that shows it has too.
    pub name: &'static str,
    /// When it is seen.
    pub when: &'static str,
    /// What production's edge and the edge here do.
    pub edge: &'static str,
    /// What nginx does.
    pub nginx: &'static str,
    /// Why, and why it is bearable.
    pub why: &'static str,
}

/// All differences.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "scripting",
        when: "faults, rules, limits or headers are set through `/__edge/*`",
        edge: "they hold from the next request on",
        nginx: "501",
        why: "nginx reads its rules when it starts. A replay that scripts the edge says `needs: [edge-rules]`",
    },
    Difference {
        name: "two_hosts",
        when: "a request has two `Host` headers",
        edge: "404, `unknown host`",
        nginx: "400",
        why: "nginx refuses it while it reads the headers; no tenant sees it either way",
    },
    Difference {
        name: "nonsense",
        when: "an origin's answer does not begin with a status line",
        edge: "520",
        nginx: "the bytes, without a head",
        why: "nginx takes them for HTTP/0.9; an empty answer is 520 with both",
    },
    Difference {
        name: "unasked_upgrade",
        when: "an origin switches protocols though nobody asked",
        edge: "520",
        nginx: "101, then the end",
        why: "nginx passes on any status below 300",
    },
    Difference {
        name: "named_hop_headers",
        when: "`Connection` names a further header",
        edge: "that header ends here, too",
        nginx: "it reaches the tenant",
        why: "nginx knows the usual names only; the server trusts none of them",
    },
    Difference {
        name: "too_large_page",
        when: "a body is over the cap",
        edge: "413, a page that says `cloudflare`",
        nginx: "413, a page that says `nginx`",
        why: "an own page would also replace a tenant's own 413",
    },
    Difference {
        name: "stream_silence",
        when: "a response that has begun is silent for the read timeout",
        edge: "it goes on",
        nginx: "it is cut",
        why: "nginx has one timeout for the head and for the silence between two parts",
    },
    Difference {
        name: "path_above_root",
        when: "a path climbs above the root, as `/../x`",
        edge: "the tenant gets it byte for byte",
        nginx: "404, `unknown host`",
        why: "nginx refuses such a path before it reads any header",
    },
];

/// The table as `docs/edge.md` shows it.
#[must_use]
pub fn table() -> String {
    let mut text = String::from("| When | Production and the edge here | nginx | Why |\n|---|---|---|---|\n");
    for row in DIFFERENCES {
        text += &format!("| {} | {} | {} | {} |\n", row.when, row.edge, row.nginx, row.why);
    }
    text
}
