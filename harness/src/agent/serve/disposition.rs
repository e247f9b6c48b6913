//! `Content-Disposition` for any file name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What RFC 5987 leaves as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An attachment with a plain name for old clients and the true one for the others.
pub(super) fn attachment(name: &str) -> String {
    let mut plain = String::new();
    for c in name.chars().filter(|c| !c.is_control()) {
        match c {
            '"' | '\\' => plain.extend(['\\', c]),
            c if c.is_ascii() => plain.push(c),
            _ => plain.push('_'),
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", utf8_percent_encode(name, KEPT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_the_contract_hold() {
        assert!(attachment("weird\".pdf").contains("filename=\"weird\\\".pdf\""));
        assert!(attachment("bad\r\nX-Leak: 1\r\n.txt").contains("filename=\"badX-Leak: 1.txt\""));
        assert!(attachment("résumé.pdf").contains("filename*=UTF-8''r%C3%A9sum%C3%A9.pdf"));
    }

    proptest! {
        #[test]
        fn it_is_always_a_legal_header_value_without_a_line_break(name in ".{0,80}") {
            let value = attachment(&name);
            prop_assert!(!value.contains(['\r', '\n']));
            prop_assert!(http::HeaderValue::from_str(&value).is_ok());
        }
    }
}
