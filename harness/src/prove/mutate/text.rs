//! Changed texts.

use serde_json::Value;

use crate::prove::operator::Operator;

/// Every mutant of a text that is no JSON.
pub fn each(text: &str, make: &mut dyn FnMut(Operator, String, Value)) {
    if text.is_empty() {
        return;
    }
    let mut put = |operator, text: String| make(operator, String::new(), Value::from(text));
    put(Operator::StringEmpty, String::new());
    put(Operator::StringTruncate, cut(text));
    put(Operator::StringChange, changed(text));
    if let Some((before, _)) = text.trim_end().rsplit_once('\n') {
        put(Operator::LineDrop, before.to_owned());
    }
}

/// A text without its last character.
#[must_use]
pub fn cut(text: &str) -> String {
    let mut chars = text.chars();
    chars.next_back();
    chars.as_str().to_owned()
}

/// A text with another character of the same kind in its middle; an id or an instant stays one.
#[must_use]
pub fn changed(text: &str) -> String {
    let letters: Vec<(usize, char)> =
        text.char_indices().filter(|(_, char)| char.is_ascii_alphanumeric()).collect();
    let at = if is_generated(text) {
        letters.iter().rev().find(|(_, char)| char.is_ascii_digit()).or(letters.last())
    } else {
        letters.get(letters.len() / 2)
    };
    match at {
        Some(&(at, char)) => format!("{}{}{}", &text[..at], next(char), &text[at + char.len_utf8()..]),
        None => format!("{text}x"),
    }
}

/// A text with upper and lower case exchanged.
#[must_use]
pub fn other_case(text: &str) -> String {
    let other = |char: char| match char {
        char if char.is_ascii_uppercase() => char.to_ascii_lowercase(),
        char => char.to_ascii_uppercase(),
    };
    text.chars().map(other).collect()
}

/// Whether a text is of a kind that is made anew each time: a UUID or an instant.
#[must_use]
pub fn is_generated(text: &str) -> bool {
    (text.len() == 36 && uuid::Uuid::try_parse(text).is_ok())
        || chrono::DateTime::parse_from_rfc3339(text).is_ok()
}

fn next(char: char) -> char {
    match char {
        '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='E' | 'G'..='Y' => char::from(char as u8 + 1),
        '9' => '0',
        'f' => 'a',
        'F' => 'A',
        'z' => 'g',
        'Z' => 'G',
        other => other,
    }
}
