//! As whom a platform is called.

use std::{collections::BTreeMap, error::Error};

use http::{HeaderName, HeaderValue, Method};
use reqwest::RequestBuilder;
use serde::Deserialize;

use crate::agent::standin::Agent;

/// The headers and the address of a call. Ordinary calls are made as the agent itself; a replay may
/// have a tool called as somebody else.
#[derive(Clone, Debug)]
pub(in crate::agent) struct Caller {
    pub(in crate::agent) workspace_id: String,
    pub(in crate::agent) platform_url: String,
    token: Option<String>,
    origin: Option<String>,
    host: Option<String>,
    headers: BTreeMap<String, String>,
}

/// What a tool call may replace. `null` takes a header away.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::agent) struct As {
    workspace_id: Option<String>,
    platform_url: Option<String>,
    #[serde(deserialize_with = "named")]
    token: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    origin: Option<Option<String>>,
    host: Option<String>,
    headers: BTreeMap<String, String>,
}

fn named<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}

impl Caller {
    /// The agent itself: its token, its id, its platform as origin.
    pub(in crate::agent) fn own(agent: &Agent) -> Self {
        let spawn = agent.spawn();
        let platform_url = spawn.platform_url.trim_end_matches('/').to_owned();
        Self {
            workspace_id: spawn.workspace_id.clone(),
            token: agent.token(),
            origin: Some(spawn.origin.clone().unwrap_or_else(|| platform_url.clone())),
            host: spawn.host.clone(),
            headers: BTreeMap::new(),
            platform_url,
        }
    }

    /// The same with some of it replaced.
    pub(in crate::agent) fn with(mut self, other: As) -> Self {
        self.workspace_id = other.workspace_id.unwrap_or(self.workspace_id);
        self.platform_url =
            other.platform_url.map_or(self.platform_url, |url| url.trim_end_matches('/').to_owned());
        self.token = other.token.unwrap_or(self.token);
        self.origin = other.origin.unwrap_or(self.origin);
        self.host = other.host.or(self.host);
        self.headers = other.headers;
        self
    }

    /// A call of a path, with everything a platform expects of an agent.
    pub(in crate::agent) fn request(
        &self,
        http: &reqwest::Client,
        method: Method,
        path: &str,
    ) -> RequestBuilder {
        let mut request = http.request(method, self.url(path)).header("x-workspace-id", &self.workspace_id);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in [("origin", &self.origin), ("host", &self.host)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                request = request.header(name, value);
            }
        }
        request
    }

    /// The full address of a path.
    pub(in crate::agent) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.platform_url)
    }
}

/// The class of a transport failure and its innermost cause; the caller adds the address.
pub(in crate::agent) fn describe(error: &reqwest::Error) -> String {
    let class = if error.is_timeout() {
        "Timeout"
    } else if error.is_connect() {
        "ConnectError"
    } else if error.is_builder() {
        "InvalidRequest"
    } else {
        "TransportError"
    };
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    format!("{class}: {cause}")
}
