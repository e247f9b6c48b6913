//! Which tenant a request is for: by `Host` alone, never by default.

use std::collections::BTreeMap;

use http::Request;
use http::header::HOST;

/// The origin of a request; none when its `Host` is unknown, missing, empty or doubtful.
pub(super) fn origin<'r, B>(routes: &'r BTreeMap<String, String>, request: &Request<B>) -> Option<&'r str> {
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    // Two hosts, or a target that names another one: whoever guesses routes to a stranger.
    if hosts.next().is_some() {
        return None;
    }
    if request.uri().authority().is_some_and(|authority| !authority.as_str().eq_ignore_ascii_case(host)) {
        return None;
    }
    routes.get(&bare(host)?).map(String::as_str)
}

/// The host in lower case without its port.
pub(super) fn bare(host: &str) -> Option<String> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) => return None,
        None => host,
    };
    (!name.is_empty()).then(|| name.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn routed(host: &[&str]) -> Option<String> {
        let routes = BTreeMap::from([
            ("alpha.localhost".to_owned(), "a".to_owned()),
            ("beta.localhost".to_owned(), "b".to_owned()),
        ]);
        let mut request = Request::builder().uri("/x");
        for host in host {
            request = request.header(HOST, *host);
        }
        origin(&routes, &request.body(()).unwrap()).map(str::to_owned)
    }

    #[test]
    fn a_known_host_routes_whatever_its_case_and_port() {
        for host in ["alpha.localhost", "ALPHA.localhost", "alpha.localhost:8080", "Alpha.LocalHost:1"] {
            assert_eq!(routed(&[host]).as_deref(), Some("a"), "{host}");
        }
        assert_eq!(routed(&["beta.localhost"]).as_deref(), Some("b"));
    }

    #[test]
    fn anything_else_routes_nowhere() {
        for host in
            ["", "127.0.0.1", "[::1]:80", "gamma.localhost", "alpha.localhost.", "alpha.localhost:x", ":80"]
        {
            assert_eq!(routed(&[host]), None, "{host}");
        }
        assert_eq!(routed(&[]), None);
        assert_eq!(routed(&["alpha.localhost", "beta.localhost"]), None);
    }

    #[test]
    fn a_target_that_names_another_host_routes_nowhere() {
        let routes = BTreeMap::from([("alpha.localhost".to_owned(), "a".to_owned())]);
        let request = |uri: &str| {
            let request = Request::builder().uri(uri).header(HOST, "alpha.localhost").body(()).unwrap();
            origin(&routes, &request).map(str::to_owned)
        };
        assert_eq!(request("http://alpha.localhost/x").as_deref(), Some("a"));
        assert_eq!(request("http://beta.localhost/x"), None);
    }

    proptest! {
        #[test]
        fn only_a_configured_name_ever_routes(host in "\\PC{0,30}") {
            let name = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
            if !["alpha.localhost", "beta.localhost"].contains(&name.as_str()) && host.is_ascii() {
                prop_assert_eq!(routed(&[&host.replace(|c: char| c.is_ascii_control(), "")]), None);
            }
        }
    }
}
