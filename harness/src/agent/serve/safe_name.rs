//! File names that are safe on any disk and in any header.

/// Longest name, in bytes; all of them are ASCII by then.
const NAME_BYTES_MAX: usize = 100;
/// Longest extension that survives a cut, with its dot.
const EXTENSION_BYTES_MAX: usize = 16;
const FALLBACK: &str = "file";

/// The last path segment with everything outside `[A-Za-z0-9._-]` as `_`.
pub(super) fn safe_name(name: &str) -> String {
    let base = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String =
        base.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    match safe.as_str() {
        "" | "." | ".." => FALLBACK.to_owned(),
        _ if safe.len() > NAME_BYTES_MAX => cut(&safe),
        _ => safe,
    }
}

/// Shortens the stem and keeps the extension.
fn cut(name: &str) -> String {
    let extension = name
        .rfind('.')
        .map(|dot| &name[dot..])
        .filter(|extension| extension.len() > 1 && extension.len() <= EXTENSION_BYTES_MAX)
        .unwrap_or_default();
    format!("{}{extension}", &name[..NAME_BYTES_MAX - extension.len()])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_vectors_of_the_contract_hold() {
        for (name, safe) in [
            ("../../etc/passwd", "passwd"),
            ("my file.pdf", "my_file.pdf"),
            ("weird;$name`.txt", "weird__name_.txt"),
            ("", "file"),
            (".", "file"),
            ("a/..", "file"),
            ("C:\\docs\\a.txt", "a.txt"),
        ] {
            assert_eq!(safe_name(name), safe, "{name}");
        }
        let long = safe_name(&format!("{}.tar", "a".repeat(300)));
        assert_eq!((long.len(), long.ends_with(".tar")), (100, true));
        assert_eq!(safe_name(&format!("{}.{}", "a".repeat(90), "b".repeat(90))).len(), 100);
    }

    proptest! {
        /// Ledger: A2A-84.
        #[test]
        fn a_safe_name_is_short_plain_and_never_a_path(name in ".{0,300}") {
            let safe = safe_name(&name);
            prop_assert!(!safe.is_empty() && safe.len() <= NAME_BYTES_MAX);
            prop_assert!(safe.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
            prop_assert!(safe != "." && safe != "..");
            prop_assert_eq!(safe_name(&safe), safe.clone());
        }
    }
}
