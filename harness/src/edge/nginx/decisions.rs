//! What is decided about a request, as maps: nginx's only expressions without side effects.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::words::{literal, path, quoted};
use crate::edge::config::Config;

/// What an origin is called in the configuration: a group of kept connections when it is an address, and the
/// name itself when it has to be looked up.
pub(super) fn names(config: &Config) -> BTreeMap<&str, String> {
    let mut names = BTreeMap::new();
    for origin in config.routes.values() {
        let number = names.len();
        names.entry(origin.as_str()).or_insert_with(|| match origin.parse::<SocketAddr>() {
            Ok(_) => format!("origin_{number}"),
            Err(_) => origin.clone(),
        });
    }
    names
}

/// All maps. A request's own path is `$request_uri`, byte for byte as it was sent.
pub(super) fn maps(config: &Config) -> String {
    let mut text = String::from("    geo $dollar {\n        default \"$\";\n    }\n");
    let ray = format!("${{digits}}-{}", config.colo);
    text += &map("$request_id", "ray", &[], &[("~^(?<digits>.{16})", &ray)]);
    text += &map("$request_uri", "path", &[], &[("~^(?<before>[^?]*)", "$before")]);
    text += &map("$request_uri", "control", &[("default", "0")], &[("~^/__edge/", "1")]);
    text += &origins(config);
    text += &map("$control:$origin", "stranger", &[("default", "0")], &[("0:", "1")]);
    text += &map(
        "$control:$http_cdn_loop",
        "looped",
        &[("default", "0")],
        &[
            (r"~*^0:(.*,)?\s*cloudflare\s*;[^,]*loops=\s*0*([2-9]|[1-9][0-9])", "1"),
            (r"~*^0:(.*,)?\s*cloudflare\s*([;,].*)?,\s*cloudflare\s*([;,]|$)", "1"),
        ],
    );
    text += &sockets(config);
    text += &map(
        "$upstream_connect_time",
        "connected",
        &[("default", "yes"), ("\"\"", "never")],
        &[("~(^|[ ,:])-$", "no")],
    );
    text += &map("$upstream_header_time", "answered", &[("default", "no")], &[("~[0-9]$", "yes")]);
    text
}

/// Both the name that nginx found (also in an absolute target) and the header as sent must be a route's.
fn origins(config: &Config) -> String {
    let names = names(config);
    let rows: Vec<(String, String)> = config
        .routes
        .iter()
        .map(|(host, origin)| {
            let host = literal(host);
            (format!("~*^{host} {host}(:[0-9]*)?$"), names[origin.as_str()].clone())
        })
        .collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|(host, name)| (host.as_str(), name.as_str())).collect();
    map("$host $http_host", "origin", &[("default", "\"\"")], &rows)
}

fn sockets(config: &Config) -> String {
    let word = |word: &str| format!(r"~*(^|,)\s*{word}\s*(,|$)");
    let (upgrade, websocket) = (word("upgrade"), word("websocket"));
    let paths: Vec<String> = config.websockets.iter().map(|pattern| format!("~{}", path(pattern))).collect();
    let paths: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "1")).collect();
    let no = [("default", "0")];
    map("$http_connection", "wants_upgrade", &no, &[(&upgrade, "1")])
        + &map("$http_upgrade", "wants_websocket", &no, &[(&websocket, "1")])
        + &map("$request_uri", "socket_path", &no, &paths)
        + &map("$control$wants_upgrade$wants_websocket$socket_path", "websocket", &no, &[("0111", "1")])
}

/// One map; `plain` rows stand as they are, the others are quoted.
fn map(from: &str, to: &str, plain: &[(&str, &str)], rows: &[(&str, &str)]) -> String {
    let mut text = format!("    map \"{from}\" ${to} {{\n");
    for (key, value) in plain {
        text += &format!("        {key} {value};\n");
    }
    for (key, value) in rows {
        // A value may name a variable, a pattern may not.
        let key = quoted(key).replace("${dollar}", "$");
        text += &format!("        {key} \"{value}\";\n");
    }
    text + "    }\n"
}
