//! Texts with `*`, which stands for any text; case is ignored.

/// Whether a text fits a pattern.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Whether a path fits a pattern in which `*` is exactly one segment.
pub(super) fn path_fits(pattern: &str, path: &str) -> bool {
    let (pattern, path) = (pattern.split('/'), path.split('/'));
    let mut pairs = pattern.clone().zip(path.clone());
    pattern.count() == path.count()
        && pairs.all(|(wanted, got)| if wanted == "*" { !got.is_empty() } else { wanted == got })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_is_any_text() {
        for (pattern, text, wanted) in [
            ("*", "", true),
            ("/a/*", "/a/b/c", true),
            ("/a/*/c", "/a/b/c", true),
            ("/a/*/c", "/a/c", false),
            ("curl*", "Curl/8", true),
            ("a*a", "a", false),
            ("a", "ab", false),
            ("*b*", "abc", true),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }

    #[test]
    fn in_a_path_a_star_is_one_segment() {
        assert!(path_fits("/workspaces/*/terminal", "/workspaces/x/terminal"));
        assert!(!path_fits("/workspaces/*/terminal", "/workspaces//terminal"));
        assert!(!path_fits("/workspaces/*/terminal", "/workspaces/x/y/terminal"));
        assert!(!path_fits("/ws", "/ws/"));
    }

    proptest! {
        #[test]
        fn a_text_fits_itself_with_any_part_replaced(a in "[a-z/]{0,5}", b in "[a-z/]{0,5}", c in "[a-z/]{0,5}") {
            let text = format!("{a}{b}{c}");
            let pattern = format!("{a}*{c}");
            prop_assert!(fits(&pattern, &text));
            prop_assert!(fits(&text, &text));
            prop_assert!(!fits(&text, &(text.clone() + "!")));
        }
    }
}
