//! What the edge does to headers: a table that the edge interprets.

use http::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue};

/// One rule for the headers of a request on its way to the origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestRule {
    /// Removes every header whose name starts like this.
    RemovePrefix(&'static str),
    /// Removes a header.
    Remove(&'static str),
    /// Sets a header, whatever the client sent.
    Set(&'static str, Source),
    /// Adds to the end of a list that the client may have started.
    Append(&'static str, Source),
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The client's address.
    ClientAddress,
    /// The `Host` of the request, as sent.
    Host,
    /// The request's ray.
    Ray,
    /// The configured country.
    Country,
    /// Always this.
    Literal(&'static str),
}

/// The rules for requests, in order. What no rule names passes through untouched.
pub const REQUEST: &[RequestRule] = &[
    RequestRule::RemovePrefix("cf-"),
    RequestRule::Set("cf-connecting-ip", Source::ClientAddress),
    RequestRule::Append("x-forwarded-for", Source::ClientAddress),
    RequestRule::Set("x-forwarded-proto", Source::Literal("https")),
    RequestRule::Set("x-forwarded-host", Source::Host),
    RequestRule::Set("cf-ray", Source::Ray),
    RequestRule::Set("cf-ipcountry", Source::Country),
    RequestRule::Set("cf-visitor", Source::Literal(r#"{"scheme":"https"}"#)),
    RequestRule::Set("cdn-loop", Source::Literal("cloudflare; loops=1")),
    RequestRule::Set("accept-encoding", Source::Literal("br, gzip")),
];

/// What a response carries beside the origin's own headers.
pub const RESPONSE: &[(&str, Source)] = &[("cf-ray", Source::Ray), ("server", Source::Literal("cloudflare"))];

/// Headers that speak of one connection and never travel further (RFC 9110 7.6.1).
pub const HOP_BY_HOP: &[&str] =
    &["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

/// The values of one request.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The client's address.
    pub client: String,
    /// The `Host` header as sent.
    pub host: HeaderValue,
    /// 16 hex digits, a dash, the place.
    pub ray: String,
    /// Two letters.
    pub country: String,
}

impl Facts {
    fn value(&self, source: Source) -> HeaderValue {
        let text = match source {
            Source::Host => return self.host.clone(),
            Source::ClientAddress => &self.client,
            Source::Ray => &self.ray,
            Source::Country => &self.country,
            Source::Literal(text) => return HeaderValue::from_static(text),
        };
        HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
    }
}

/// Applies the table to a request. A WebSocket handshake keeps its two connection headers.
pub fn to_origin(headers: &mut HeaderMap, facts: &Facts, websocket: bool) {
    let upgrade = websocket.then(|| headers.get("upgrade").cloned()).flatten();
    remove_hop_by_hop(headers);
    if let Some(upgrade) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert("upgrade", upgrade);
    }
    for rule in REQUEST {
        match *rule {
            RequestRule::RemovePrefix(prefix) => remove_prefix(headers, prefix),
            RequestRule::Remove(name) => drop(headers.remove(name)),
            RequestRule::Set(name, source) => drop(headers.insert(name, facts.value(source))),
            RequestRule::Append(name, source) => append(headers, name, &facts.value(source)),
        }
    }
}

/// Applies the rules to a response.
pub fn to_client(headers: &mut HeaderMap, facts: &Facts, websocket: bool) {
    let upgrade = websocket.then(|| headers.get("upgrade").cloned()).flatten();
    remove_hop_by_hop(headers);
    if let Some(upgrade) = upgrade {
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert("upgrade", upgrade);
    }
    for (name, source) in RESPONSE {
        headers.insert(*name, facts.value(*source));
    }
}

/// Removes hop-by-hop headers, also those that `Connection` names.
fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
    for name in HOP_BY_HOP {
        headers.remove(*name);
    }
}

fn remove_prefix(headers: &mut HeaderMap, prefix: &str) {
    let names: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(prefix)).cloned().collect();
    for name in names {
        headers.remove(name);
    }
}

/// One header whose list ends with the value; a list that came in several headers is joined.
fn append(headers: &mut HeaderMap, name: &'static str, value: &HeaderValue) {
    let mut list: Vec<u8> = Vec::new();
    for part in headers.get_all(name).iter().chain([value]) {
        if !list.is_empty() {
            list.extend_from_slice(b", ");
        }
        list.extend_from_slice(part.as_bytes());
    }
    if let Ok(list) = HeaderValue::from_bytes(&list) {
        headers.insert(name, list);
    }
}

/// How often a request says that it has passed through this kind of edge.
pub fn loops(headers: &HeaderMap) -> u32 {
    headers
        .get_all("cdn-loop")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|hop| {
            let mut parts = hop.split(';').map(str::trim);
            let ours = parts.next().is_some_and(|cdn| cdn.eq_ignore_ascii_case("cloudflare"));
            let told = parts.find_map(|part| part.strip_prefix("loops=")?.trim().parse::<u32>().ok());
            if ours { told.unwrap_or(1) } else { 0 }
        })
        .fold(0, u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> Facts {
        Facts {
            client: "203.0.113.9".into(),
            host: HeaderValue::from_static("a.localhost:8080"),
            ray: "0123456789abcdef-IAD".into(),
            country: "US".into(),
        }
    }

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        list.iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn one<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
        let mut all = headers.get_all(name).iter();
        let first = all.next().map(|value| value.to_str().unwrap());
        assert!(all.next().is_none(), "{name} is doubled");
        first
    }

    #[test]
    fn what_a_client_claims_about_the_way_is_overwritten() {
        let mut sent = headers(&[
            ("CF-Connecting-IP", "1.2.3.4"),
            ("CF-Worker", "evil"),
            ("X-Forwarded-For", "9.9.9.9"),
            ("X-Forwarded-Proto", "http"),
            ("X-Forwarded-Host", "evil.example"),
            ("Accept-Encoding", "identity"),
        ]);
        to_origin(&mut sent, &facts(), false);
        assert_eq!(one(&sent, "cf-connecting-ip"), Some("203.0.113.9"));
        assert_eq!(one(&sent, "cf-worker"), None);
        assert_eq!(one(&sent, "x-forwarded-for"), Some("9.9.9.9, 203.0.113.9"));
        assert_eq!(one(&sent, "x-forwarded-proto"), Some("https"));
        assert_eq!(one(&sent, "x-forwarded-host"), Some("a.localhost:8080"));
        assert_eq!(one(&sent, "accept-encoding"), Some("br, gzip"));
        assert_eq!(one(&sent, "cf-ipcountry"), Some("US"));
        assert_eq!(one(&sent, "cf-visitor"), Some("{\"scheme\":\"https\"}"));
        assert_eq!(one(&sent, "cdn-loop"), Some("cloudflare; loops=1"));
        assert_eq!(one(&sent, "cf-ray"), Some("0123456789abcdef-IAD"));
    }

    #[test]
    fn credentials_and_tenant_headers_pass_untouched_even_doubled() {
        let kept = [
            ("x-molecule-org-id", "one"),
            ("x-molecule-org-id", "two"),
            ("authorization", "Bearer x"),
            ("cookie", "a=b"),
            ("origin", "http://o"),
            ("referer", "http://o/r"),
            ("x-workspace-id", "w"),
            ("x-timeout", "5"),
            ("fly-replay-src", "r"),
        ];
        let mut sent = headers(&[]);
        for (name, value) in kept {
            sent.append(name, value.parse().unwrap());
        }
        to_origin(&mut sent, &facts(), false);
        for (name, _) in kept {
            let wanted: Vec<&str> =
                kept.iter().filter(|(kept, _)| *kept == name).map(|(_, value)| *value).collect();
            let got: Vec<&str> = sent.get_all(name).iter().map(|value| value.to_str().unwrap()).collect();
            assert_eq!(got, wanted, "{name}");
        }
    }

    #[test]
    fn hop_by_hop_headers_end_here_except_in_a_websocket_handshake() {
        let sent = [
            ("connection", "upgrade, x-secret"),
            ("upgrade", "websocket"),
            ("x-secret", "1"),
            ("te", "trailers"),
        ];
        let mut plain = headers(&sent);
        to_origin(&mut plain, &facts(), false);
        for name in ["connection", "upgrade", "x-secret", "te"] {
            assert_eq!(one(&plain, name), None, "{name}");
        }
        let mut socket = headers(&sent);
        to_origin(&mut socket, &facts(), true);
        assert_eq!(
            (one(&socket, "connection"), one(&socket, "upgrade")),
            (Some("upgrade"), Some("websocket"))
        );
        assert_eq!(one(&socket, "x-secret"), None);
    }

    #[test]
    fn loops_are_counted_for_this_kind_of_edge_only() {
        let count = |value: &str| loops(&headers(&[("cdn-loop", value)]));
        assert_eq!(count("cloudflare; loops=2"), 2);
        assert_eq!(count("cloudflare"), 1);
        assert_eq!(count("fastly; loops=9"), 0);
        assert_eq!(count("fastly, Cloudflare; subreqs=1; loops=3"), 3);
        assert_eq!(count("cloudflare, cloudflare"), 2);
        assert_eq!(loops(&headers(&[])), 0);
    }

    proptest! {
        /// Whatever a client sends: nothing of its own survives under a name the edge speaks for.
        #[test]
        fn no_client_header_speaks_for_the_edge(
            sent in prop::collection::vec(("(cf-|CF-)?[a-z-]{1,12}|X-Forwarded-(Host|Proto)", "[ -~]{0,20}"), 0..12)
        ) {
            let mut map = HeaderMap::new();
            for (name, value) in &sent {
                if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
                    map.append(name, value);
                }
            }
            to_origin(&mut map, &facts(), false);
            let ours = ["cf-connecting-ip", "cf-ray", "cf-ipcountry", "cf-visitor"];
            for name in map.keys().filter(|name| name.as_str().starts_with("cf-")) {
                prop_assert!(ours.contains(&name.as_str()), "{}", name);
            }
            prop_assert_eq!(one(&map, "x-forwarded-host"), Some("a.localhost:8080"));
            prop_assert_eq!(one(&map, "x-forwarded-proto"), Some("https"));
        }
    }
}
