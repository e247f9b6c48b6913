//! Quoting for nginx's configuration and its regular expressions.

/// A quoted text. nginx has no way to write a dollar sign but through a variable that holds one.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "${dollar}");
    format!("\"{escaped}\"")
}

/// A text of which a regular expression matches every letter as it is.
pub(super) fn literal(text: &str) -> String {
    regex::escape(text)
}

/// A path pattern, in which `*` is one segment, as a regular expression for a request's path and query.
pub(super) fn path(pattern: &str) -> String {
    let parts: Vec<String> = pattern
        .split('/')
        .map(|part| if part == "*" { "[^/?]+".to_owned() } else { literal(part) })
        .collect();
    format!(r"^{}(\?|$)", parts.join("/"))
}

/// A duration as nginx writes it.
pub(super) fn millis(duration: std::time::Duration) -> String {
    format!("{}ms", duration.as_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nginx_would_interpret_is_escaped() {
        assert_eq!(quoted(r#"{"a":"$b\"}"#), r#""{\"a\":\"${dollar}b\\\"}""#);
        assert_eq!(literal("a.b-c"), r"a\.b\-c");
        assert_eq!(path("/w/*/t"), r"^/w/[^/?]+/t(\?|$)");
    }
}
