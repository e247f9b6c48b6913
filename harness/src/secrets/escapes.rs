//! Escapes undone, so that a secret is found however a writer chose to escape it: which characters are
//! percent-encoded, and how JSON spells a character, is up to everyone who writes.

use std::ops::Range;

/// The ways in which texts are escaped.
const ESCAPES: [fn(&Undone) -> Option<Undone>; 3] = [percent, form, json];

/// A text without its escapes, and where each byte of it came from.
#[derive(Debug, Clone, Default)]
pub(super) struct Undone {
    text: String,
    /// For each byte of `text`, and for its end, the place in the original.
    from: Vec<usize>,
}

impl Undone {
    fn of(text: &str) -> Self {
        Undone { text: text.to_owned(), from: (0..=text.len()).collect() }
    }

    fn push(&mut self, text: &str, from: usize) {
        self.text.push_str(text);
        self.from.resize(self.text.len(), from);
    }

    /// The places in the original where `plain` stands in the text.
    pub(super) fn find<'a>(&'a self, plain: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.text.match_indices(plain).map(|(at, found)| self.from[at]..self.from[at + found.len()])
    }
}

/// Every reading of a text: each escape undone, JSON also twice, as in JSON inside JSON.
pub(super) fn readings(text: &str) -> Vec<Undone> {
    if !text.contains(['%', '\\', '+']) {
        return Vec::new();
    }
    let plain = Undone::of(text);
    let mut readings: Vec<_> = ESCAPES.iter().filter_map(|undo| undo(&plain)).collect();
    let inner: Vec<_> = readings.iter().filter_map(json).collect();
    readings.extend(inner);
    readings
}

fn percent(escaped: &Undone) -> Option<Undone> {
    escaped.text.contains('%').then(|| undo(escaped, percent_run))
}

/// As in forms, where a space is a `+`.
fn form(escaped: &Undone) -> Option<Undone> {
    let plus = |rest: &str| if rest.starts_with('+') { Some((" ".to_owned(), 1)) } else { percent_run(rest) };
    escaped.text.contains('+').then(|| undo(escaped, plus))
}

fn json(escaped: &Undone) -> Option<Undone> {
    escaped.text.contains('\\').then(|| undo(escaped, json_escape))
}

/// Undoes what `escape` finds at the start of a text: what it stands for, and how long it is.
fn undo(escaped: &Undone, escape: impl Fn(&str) -> Option<(String, usize)>) -> Undone {
    let mut undone = Undone::default();
    let mut rest = escaped.text.as_str();
    while let Some(first) = rest.chars().next() {
        let from = escaped.from[escaped.text.len() - rest.len()];
        let (plain, len) = escape(rest).unwrap_or_else(|| (first.to_string(), first.len_utf8()));
        undone.push(&plain, from);
        rest = &rest[len..];
    }
    undone.from.push(escaped.from.last().copied().unwrap_or_default());
    undone
}

/// One character, of as many `%XX` as it has bytes.
fn percent_run(rest: &str) -> Option<(String, usize)> {
    let mut bytes = Vec::with_capacity(4);
    for run in rest.as_bytes().chunks_exact(3).take(4) {
        let &[b'%', high, low] = run else { break };
        let digits = [high, low];
        let hex = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        if let Ok(char) = std::str::from_utf8(&bytes) {
            return Some((char.to_owned(), bytes.len() * 3));
        }
    }
    None
}

fn json_escape(rest: &str) -> Option<(String, usize)> {
    let escape = rest.strip_prefix('\\')?;
    let plain = match escape.chars().next()? {
        char @ ('"' | '\\' | '/') => char,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(rest),
        _ => return None,
    };
    Some((plain.to_string(), 2))
}

/// `\u` and four hex digits, or two of them for a character beyond the basic plane.
fn unicode(rest: &str) -> Option<(String, usize)> {
    let unit = |at: usize| u16::from_str_radix(rest.get(at..at + 6)?.strip_prefix("\\u")?, 16).ok();
    let first = unit(0)?;
    if let Some(char) = char::from_u32(first.into()) {
        return Some((char.to_string(), 6));
    }
    let pair = [first, unit(6)?];
    Some((String::from_utf16(&pair).ok()?, 12))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, plain: &str) -> Vec<String> {
        let mut found: Vec<_> =
            readings(text).iter().flat_map(|reading| reading.find(plain).collect::<Vec<_>>()).collect();
        found.sort_by_key(|range| range.start);
        found.dedup();
        found.into_iter().map(|range| text[range].to_owned()).collect()
    }

    #[test]
    fn a_text_is_found_however_it_is_escaped() {
        let plain = "a\"/é 😀";
        let spelled = [
            "a%22/%C3%A9 %F0%9F%98%80",
            "%61%22%2f%c3%a9%20%f0%9f%98%80",
            "a%22%2F%C3%A9+%F0%9F%98%80",
            r#"a\"\/é 😀"#,
            r#"a\u0022/\u00e9\u0020\ud83d\ude00"#,
            r#"a\\\"/é 😀"#,
            r#"a\\u0022\\/\\u00E9 \\ud83d\\ude00"#,
        ];
        for text in spelled {
            assert_eq!(found(&format!("x {text} y%"), plain), [text], "{text}");
        }
    }

    #[test]
    fn what_is_no_escape_stays_as_it_is() {
        for text in ["100% %zz %", r"\x \u12 \ud83d x \", "%ff%fe a", "a+b"] {
            assert!(readings(text).iter().all(|reading| reading.from.len() == reading.text.len() + 1));
            assert_eq!(found(text, "nothing"), Vec::<String>::new());
        }
    }
}
