//! Plain scalars: which texts are numbers, booleans or nothing (YAML 1.2 core schema).

use serde_json::Number;

use super::Tree;

/// What an unquoted scalar means.
pub(super) fn resolve(text: &str) -> Tree {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Tree::Null,
        "true" | "True" | "TRUE" => Tree::Bool(true),
        "false" | "False" | "FALSE" => Tree::Bool(false),
        _ => number(text).map_or_else(|| Tree::Text(text.to_owned()), Tree::Number),
    }
}

/// The number that an unquoted scalar is, if it is one.
pub(crate) fn number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let first = digits.bytes().next()?;
    if !first.is_ascii_digit() && first != b'.' {
        return None;
    }
    radix(digits, "0x", 16).or_else(|| radix(digits, "0o", 8)).or_else(|| decimal(text, digits))
}

fn radix(digits: &str, prefix: &str, base: u32) -> Option<Number> {
    let rest = digits.strip_prefix(prefix)?;
    if rest.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(rest, base).ok().map(Number::from)
}

fn decimal(text: &str, digits: &str) -> Option<Number> {
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = text.strip_prefix('+').unwrap_or(text);
        let signed = text.parse::<i64>().map(Number::from);
        return signed.or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    }
    let shape = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    if !digits.bytes().all(shape) || !digits.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Number::from_f64(text.parse::<f64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_core_schema_numbers_are_numbers() {
        for text in ["0", "-1", "+7", "1.5", ".5", "1e3", "0x1F", "0o17", "18446744073709551615"] {
            assert!(matches!(resolve(text), Tree::Number(_)), "{text}");
        }
        for text in ["1.2.3", "10s", "2026-06-14", "1_000", ".", "-", "0x", "1-2", "e3", ".inf"] {
            assert_eq!(resolve(text), Tree::Text(text.to_owned()));
        }
    }

    #[test]
    fn an_unquoted_no_is_a_text() {
        assert_eq!(resolve("no"), Tree::Text("no".to_owned()));
        assert_eq!(resolve("null"), Tree::Null);
    }
}
