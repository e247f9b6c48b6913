//! What a request shows: one bearer parser, one same-origin rule, one reading of `X-Workspace-ID`.

use http::{HeaderMap, header};
use secrecy::SecretString;
use server_types::WorkspaceId;

use super::Refused;
use crate::config::Config;

/// Header in which a workspace names itself.
const CALLER_HEADER: &str = "x-workspace-id";

/// The credentials of one request, not judged yet.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Value after `Bearer `; anything else in the header counts as no bearer (D-12).
    pub bearer: Option<SecretString>,
    /// The `Cookie` header, verbatim.
    pub cookie: Option<SecretString>,
    /// The page that sent this was served by this host's canvas (7.6). Forgeable outside a browser.
    pub same_origin: bool,
    /// `Origin` is one of the configured ones.
    pub listed_origin: bool,
}

impl Credentials {
    /// Reads what the request shows.
    pub fn of(headers: &HeaderMap, config: &Config) -> Self {
        let origin = text(headers, header::ORIGIN);
        Self {
            bearer: text(headers, header::AUTHORIZATION).and_then(parse_bearer).map(SecretString::from),
            cookie: text(headers, header::COOKIE).filter(|cookie| !cookie.is_empty()).map(SecretString::from),
            same_origin: same_origin_canvas(headers, config),
            listed_origin: origin.is_some_and(|origin| config.cors.allows(origin)),
        }
    }
}

fn parse_bearer(value: &str) -> Option<&str> {
    value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// True when the canvas is mounted and the request says it comes from a page of this very host.
///
/// The slash after the host keeps `<host>.evil.example` out.
pub fn same_origin_canvas(headers: &HeaderMap, config: &Config) -> bool {
    let Some(host) = text(headers, header::HOST).filter(|host| !host.is_empty()) else { return false };
    let from_host = |value: &str, page: bool| {
        let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
        let rest = rest.and_then(|rest| rest.strip_prefix(host));
        rest.is_some_and(|rest| rest.is_empty() || (page && rest.starts_with('/')))
    };
    config.canvas_proxy_url.is_some()
        && (text(headers, header::REFERER).is_some_and(|referer| from_host(referer, true))
            || text(headers, header::ORIGIN).is_some_and(|origin| from_host(origin, false)))
}

/// What `X-Workspace-ID` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallerClaim {
    /// No header, or an empty one.
    Absent,
    /// The caller says it is this workspace; proven by nothing yet.
    Workspace(WorkspaceId),
}

impl CallerClaim {
    /// Reads the header; system callers exist in process only, so their prefixes are forged (#761).
    ///
    /// # Errors
    /// Any value that is not a workspace id.
    pub fn of(headers: &HeaderMap) -> Result<Self, Refused> {
        let Some(value) = headers.get(CALLER_HEADER) else { return Ok(Self::Absent) };
        let claim = value.to_str().unwrap_or("?").trim();
        if claim.is_empty() {
            return Ok(Self::Absent);
        }
        WorkspaceId::canonical(claim).map(Self::Workspace).ok_or_else(|| {
            tracing::warn!(security = true, ?claim, "refused a forged or malformed X-Workspace-ID");
            Refused::InvalidCallerId
        })
    }

    /// The claimed workspace, if there is a claim.
    pub fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Absent => None,
            Self::Workspace(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::HeaderName};

    use super::*;
    use crate::config::Environment;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header value"))
        };
        pairs.iter().map(pair).collect()
    }

    fn config(canvas: &str) -> Config {
        Config::read(&Environment::from([("CANVAS_PROXY_URL", canvas)])).expect("valid").0
    }

    #[test]
    fn a_bearer_starts_with_the_exact_word() {
        for (value, bearer) in [
            ("Bearer abc", true),
            ("Bearer   abc ", true),
            ("bearer abc", false),
            ("Bearer", false),
            ("Bearer ", false),
            ("abc", false),
            ("Basic abc", false),
        ] {
            let found = Credentials::of(&headers(&[("authorization", value)]), &Config::default());
            assert_eq!(found.bearer.is_some(), bearer, "{value:?}");
        }
    }

    #[test]
    fn same_origin_is_the_exact_host_of_an_active_canvas() {
        let (on, off) = (config("http://localhost:3000"), config(""));
        for (name, value, same) in [
            ("referer", "http://t.example:8080", true),
            ("referer", "https://t.example:8080/canvas?x", true),
            ("referer", "https://t.example:8080.evil.example/", false),
            ("referer", "https://t.example/", false),
            ("origin", "https://t.example:8080", true),
            ("origin", "https://t.example:8080/", false),
            ("origin", "ftp://t.example:8080", false),
        ] {
            let shown = headers(&[("host", "t.example:8080"), (name, value)]);
            assert_eq!(same_origin_canvas(&shown, &on), same, "{name}: {value}");
            assert!(!same_origin_canvas(&shown, &off), "{name}: {value} without a canvas");
        }
        assert!(!same_origin_canvas(&headers(&[("host", ""), ("origin", "http://")]), &on));
    }

    #[test]
    fn a_forged_caller_is_refused() {
        let id = "0b0e7f6e-1111-4222-8333-444455556666";
        for (value, expected) in [
            (id, Ok(Some(id))),
            (" ", Ok(None)),
            ("", Ok(None)),
            ("webhook:x", Err(())),
            ("system:cron", Err(())),
            ("test:1", Err(())),
            ("channel:1", Err(())),
            ("not-a-uuid", Err(())),
            ("urn:uuid:0b0e7f6e-1111-4222-8333-444455556666", Err(())),
        ] {
            let claim = CallerClaim::of(&headers(&[("x-workspace-id", value)]));
            let claim = claim.map(|claim| claim.workspace().map(|id| id.to_string())).map_err(drop);
            assert_eq!(claim, expected.map(|id| id.map(str::to_owned)), "{value:?}");
        }
    }
}
