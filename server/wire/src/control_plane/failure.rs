//! What a failed control-plane answer may contribute to a log line.

use serde::Deserialize;

/// Most bytes of a failure body a client reads.
pub const FAILURE_BYTES_MAX: usize = 64 * 1024;
/// Longest `error` text that is passed on.
const ERROR_TEXT_CHARS_MAX: usize = 512;

#[derive(Deserialize)]
struct ErrorBody {
    error: String,
}

/// The control plane's own `error` text, else only the size of what it sent.
///
/// The body itself never appears: an error page can echo the bearer of the request. Control
/// characters become blanks, so that a body cannot forge a second log line.
#[must_use]
pub fn failure_text(body: &[u8]) -> String {
    match serde_json::from_slice::<ErrorBody>(body) {
        Ok(ErrorBody { error }) if !error.is_empty() => one_line(&error),
        _ => format!("<unstructured body, {} bytes>", body.len()),
    }
}

fn one_line(text: &str) -> String {
    text.chars().take(ERROR_TEXT_CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structured_error_is_passed_on_and_anything_else_is_only_counted() {
        for (body, text) in [
            (r#"{"error":"quota exceeded"}"#, "quota exceeded"),
            ("", "<unstructured body, 0 bytes>"),
            ("<html>Bearer abc</html>", "<unstructured body, 23 bytes>"),
            (r#"{"error":""}"#, "<unstructured body, 12 bytes>"),
            (r#"{"error":{"message":"x"}}"#, "<unstructured body, 25 bytes>"),
            (r#"{"error":"a\nb"}"#, "a b"),
        ] {
            assert_eq!(failure_text(body.as_bytes()), text, "{body}");
        }
    }

    #[test]
    fn a_long_error_text_is_cut() {
        let body = format!(r#"{{"error":"{}"}}"#, "ä".repeat(2000));
        assert_eq!(failure_text(body.as_bytes()).chars().count(), ERROR_TEXT_CHARS_MAX);
    }
}
