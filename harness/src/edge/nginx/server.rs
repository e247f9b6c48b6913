//! The server that acts on what was decided.

use std::fmt::Write as _;

use super::decisions::names;
use super::words::{millis, quoted};
use super::{Site, UnknownName};
use crate::edge::config::Config;
use crate::edge::headers::{HOP_BY_HOP, REQUEST, RESPONSE, RequestRule, Source};
use crate::edge::pages::Page;

/// Headers that nginx would interpret or drop when an origin sends them.
const UNTOUCHED: &[&str] = &[
    "Date",
    "X-Pad",
    "X-Accel-Redirect",
    "X-Accel-Expires",
    "X-Accel-Limit-Rate",
    "X-Accel-Buffering",
    "X-Accel-Charset",
];

/// A line for each request, without its query, which may hold a secret.
pub(super) fn logging() -> String {
    "    log_format edge '$request_method $http_host $path -> $status ${request_time}s ray=$ray';\n    \
     access_log /dev/stdout edge;\n"
        .into()
}

/// Kept connections to origins that are addresses; who to ask about the others.
pub(super) fn origins(config: &Config, site: &Site) -> String {
    let mut text = String::new();
    for (address, name) in names(config).into_iter().filter(|(address, name)| address != name) {
        text += &format!(
            "    upstream {name} {{\n        server {address} max_fails=0;\n        keepalive 32;\n    }}\n"
        );
    }
    if let Some(resolver) = &site.resolver {
        text += &format!("    resolver {resolver} valid=1s ipv6=off;\n    resolver_timeout 2s;\n");
    }
    text
}

/// The server block.
pub(super) fn server(config: &Config, site: &Site) -> String {
    let mut text = String::from("    server {\n");
    for listen in &site.listen {
        text += &line(2, &format!("listen {listen} default_server"));
    }
    text += &settings(config);
    for (decision, station) in [("stranger", "unknown-host"), ("looped", "loop"), ("websocket", "websocket")]
    {
        text += &format!(
            "        if (${decision}) {{\n            rewrite ^ /__edge/.{station} last;\n        }}\n"
        );
    }
    let unknown = "X-Harness-Edge: unknown-host";
    text += &station("= /__edge/.unknown-host", Some(unknown), &[("", Page::UnknownHost)]);
    text += &station("= /__edge/.loop", None, &[("", Page::Loop)]);
    // Reached after the decisions above: a stranger has gone to its own page.
    text += "        location = /__edge/.unreadable {\n            internal;\n            return 400;\n        }\n";
    text += &failures(site);
    text += &control(config);
    text += &proxy(config, false);
    text += &proxy(config, true);
    text + "    }\n"
}

fn line(depth: usize, text: &str) -> String {
    format!("{}{text};\n", "    ".repeat(depth))
}

fn settings(config: &Config) -> String {
    let limits = &config.limits;
    let mut lines = vec![
        "server_name _".to_owned(),
        // Whatever a client or an origin sends passes as it is.
        "underscores_in_headers on".into(),
        "ignore_invalid_headers off".into(),
        "merge_slashes off".into(),
        "large_client_header_buffers 8 64k".into(),
        "proxy_buffer_size 64k".into(),
        "proxy_buffers 8 64k".into(),
        "proxy_redirect off".into(),
        format!("client_max_body_size {}", limits.body_bytes_max),
        "lingering_time 30s".into(),
        "default_type \"text/plain; charset=UTF-8\"".into(),
        // Bodies stream both ways.
        "proxy_http_version 1.1".into(),
        "proxy_request_buffering off".into(),
        "proxy_buffering off".into(),
        "proxy_intercept_errors on".into(),
        format!("proxy_connect_timeout {}", millis(limits.connect_timeout)),
        // A request that nginx cannot read has no path, and so cannot go to a named place.
        "error_page 400 = /__edge/.unreadable".into(),
    ];
    for header in UNTOUCHED {
        lines.push(format!("proxy_pass_header {header}"));
    }
    let ignored = UNTOUCHED.iter().filter(|header| header.starts_with("X-Accel-"));
    lines.push(format!(
        "proxy_ignore_headers {} Expires Cache-Control Set-Cookie Vary",
        ignored.copied().collect::<Vec<_>>().join(" ")
    ));
    for rule in REQUEST {
        if let RequestRule::RemovePrefix(prefix) = rule {
            lines.push(format!("more_clear_input_headers \"{prefix}*\""));
        }
    }
    for (name, source) in RESPONSE {
        lines.push(format!("more_set_headers \"{name}: {}\"", value(*source, config)));
    }
    lines.iter().map(|text| line(2, text)).collect()
}

/// A place that answers with pages: the first whose condition holds.
fn station(name: &str, header: Option<&str>, pages: &[(&str, Page)]) -> String {
    let mut text = format!("        location {name} {{\n");
    if name.starts_with('=') {
        text += &line(3, "internal");
        // The page comes first, whatever the size of the body.
        text += &line(3, "client_max_body_size 0");
    }
    if let Some(header) = header {
        text += &line(3, &format!("more_set_headers {}", quoted(header)));
    }
    for (condition, page) in pages {
        let (body, _) = page.body();
        let answer = format!("return {} {}", page.status().as_u16(), quoted(&body));
        text += &match *condition {
            "" => line(3, &answer),
            condition => format!("            if ({condition}) {{\n    {}            }}\n", line(3, &answer)),
        };
    }
    text + "        }\n"
}

/// What a failure at an origin means. nginx itself knows only 502 and 504.
fn failures(site: &Site) -> String {
    let never = match site.unknown_name {
        UnknownName::NoRoute => Page::NoRoute,
        UnknownName::Down => Page::Refused,
    };
    let own = |code: u16| Page::Masked(http::StatusCode::from_u16(code).unwrap_or_default());
    station(
        "@502",
        None,
        &[
            ("$connected = never", never),
            ("$connected = no", Page::Refused),
            ("$answered = no", Page::Unparsable),
            ("", own(502)),
        ],
    ) + &station(
        "@504",
        None,
        &[("$connected = no", Page::ConnectTimeout), ("$answered = no", Page::ReadTimeout), ("", own(504))],
    )
}

/// What the edge tells about itself. It cannot be scripted: see [`super::differences`].
fn control(config: &Config) -> String {
    let mut text = String::new();
    let health = serde_json::json!({ "status": "ok", "build": config.build });
    for (path, value) in [("health", health), ("config", config.shown(&config.limits))] {
        text += &format!(
            "        location = /__edge/{path} {{\n            default_type application/json;\n            \
             return 200 {};\n        }}\n",
            quoted(&value.to_string())
        );
    }
    let scripted = "~ ^/__edge/(faults|rules|limits|default_host|headers|clear)(/|$)";
    for (path, code, error) in [
        (scripted, 501, "this edge cannot be scripted: its rules are its configuration"),
        ("/__edge/", 404, "no such control path"),
    ] {
        text += &format!(
            "        location {path} {{\n            default_type application/json;\n            \
             return {code} {};\n        }}\n",
            quoted(&serde_json::json!({ "error": error }).to_string())
        );
    }
    text
}

/// The way to an origin, for ordinary requests or for WebSockets.
fn proxy(config: &Config, websocket: bool) -> String {
    let limits = &config.limits;
    let (name, silence) = match websocket {
        false => ("/", limits.read_timeout),
        true => ("= /__edge/.websocket", limits.ws_idle),
    };
    let mut lines = vec![
        // Not those of the server block: an origin's own 400 is its own.
        "error_page 502 = @502".to_owned(),
        "error_page 504 = @504".into(),
        format!("proxy_read_timeout {}", millis(silence)),
        format!("proxy_send_timeout {}", millis(silence)),
        "proxy_set_header host $http_host".into(),
    ];
    if websocket {
        lines.insert(0, "internal".into());
        lines.push("proxy_set_header connection upgrade".into());
        lines.push("proxy_set_header upgrade $http_upgrade".into());
    } else {
        lines.push("proxy_set_header connection \"\"".into());
        lines.push("proxy_set_header upgrade \"\"".into());
        lines.push("proxy_hide_header upgrade".into());
    }
    // nginx itself ends the rest of a connection's headers.
    let own = ["connection", "transfer-encoding", "upgrade"];
    for header in HOP_BY_HOP.iter().filter(|header| !own.contains(header)) {
        lines.push(format!("proxy_set_header {header} \"\""));
        lines.push(format!("proxy_hide_header {header}"));
    }
    for rule in REQUEST {
        match *rule {
            RequestRule::RemovePrefix(_) => {}
            RequestRule::Remove(name) => lines.push(format!("proxy_set_header {name} \"\"")),
            RequestRule::Set(name, source) => {
                lines.push(format!("proxy_set_header {name} \"{}\"", value(source, config)));
            }
            RequestRule::Append(name, _) => {
                lines.push(format!("proxy_set_header {name} $proxy_add_x_forwarded_for"));
            }
        }
    }
    lines.push("proxy_pass http://$origin$request_uri".into());
    let mut text = String::new();
    let _ = writeln!(text, "        location {name} {{");
    for it in lines {
        text += &line(3, &it);
    }
    text + "        }\n"
}

/// A value inside quotes.
fn value(source: Source, config: &Config) -> String {
    let bare = |text: &str| {
        let quoted = quoted(text);
        quoted[1..quoted.len() - 1].to_owned()
    };
    match source {
        Source::ClientAddress => "$remote_addr".into(),
        Source::Host => "$http_host".into(),
        Source::Ray => "$ray".into(),
        Source::Country => bare(&config.country),
        Source::Literal(text) => bare(text),
    }
}
