//! Texts as reports cut and join them.

/// The first line.
#[must_use]
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// At most so many characters.
#[must_use]
pub fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// At most so many characters, and how many bytes there were beyond them.
#[must_use]
pub fn cut_and_counted(text: &str, chars: usize) -> String {
    let short = cut(text, chars);
    if short == text {
        return short;
    }
    let kept = short.len() - '…'.len_utf8();
    format!("{short} ({} bytes more)", text.len() - kept)
}

/// The reason of a verdict with the issue that it is known by.
#[must_use]
pub fn reason(issue: Option<&str>, because: &str) -> String {
    match issue {
        Some(issue) if !because.is_empty() => format!("{issue}: {because}"),
        _ => because.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut_and_counted("äöü", 2), "äö… (2 bytes more)");
        assert_eq!(cut_and_counted("a…", 2), "a…");
    }

    #[test]
    fn a_reason_without_words_is_none() {
        assert_eq!(reason(Some("#1"), "known"), "#1: known");
        assert_eq!((reason(Some("#1"), ""), reason(None, "x")), (String::new(), "x".to_owned()));
    }
}
