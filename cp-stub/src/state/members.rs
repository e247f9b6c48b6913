//! Sessions: which cookie belongs to whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// The user behind a cookie and the tenant it was asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    pub(crate) slug: String,
    pub(crate) member: bool,
    #[serde(default)]
    pub(crate) user_id: String,
}

/// All sessions.
#[derive(Default)]
pub(crate) struct Members {
    by_cookie: BTreeMap<String, Member>,
    accepted_terms: BTreeSet<String>,
}

impl Members {
    pub(crate) fn replace(&mut self, by_cookie: BTreeMap<String, Member>) {
        self.by_cookie = by_cookie;
        self.accepted_terms.clear();
    }

    /// The session of a `Cookie` header: the whole value or one `name=value` pair of it.
    pub(crate) fn find(&self, cookie_header: &str) -> Option<(&str, &Member)> {
        let pairs = cookie_header.split(';').map(str::trim);
        std::iter::once(cookie_header)
            .chain(pairs)
            .find_map(|cookie| self.by_cookie.get_key_value(cookie))
            .map(|(cookie, member)| (cookie.as_str(), member))
    }

    pub(crate) fn accept_terms(&mut self, cookie: &str) {
        self.accepted_terms.insert(cookie.to_owned());
    }

    pub(crate) fn has_accepted_terms(&self, cookie: &str) -> bool {
        self.accepted_terms.contains(cookie)
    }
}
