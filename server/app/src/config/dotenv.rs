//! The `.env` file of a developer: found only in the project root, never above the environment.
//!
//! A foreign `.env`, say in `$HOME`, must not configure a server, so a file counts only beside the
//! manifest of this project.

use std::path::{Path, PathBuf};

/// Folders looked at on the way up from the working directory.
const LEVELS_MAX: usize = 6;

/// The project's `.env` at or above `start`.
pub fn find(start: &Path) -> Option<PathBuf> {
    let folders = start.ancestors().take(LEVELS_MAX);
    folders
        .filter(|folder| is_project_root(folder))
        .map(|folder| folder.join(".env"))
        .find(|file| file.is_file())
}

/// The root holds the server's manifest, directly or as the member `server`.
fn is_project_root(folder: &Path) -> bool {
    let names_server = |manifest: PathBuf| {
        std::fs::read_to_string(manifest)
            .is_ok_and(|text| text.lines().any(|line| line.trim() == "name = \"server\""))
    };
    names_server(folder.join("Cargo.toml")) || names_server(folder.join("server/Cargo.toml"))
}

/// Every assignment of the text, in order; lines that assign nothing are skipped.
pub fn parse(text: &str) -> Vec<(String, String)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().filter_map(assignment).collect()
}

fn assignment(line: &str) -> Option<(String, String)> {
    let line = line.trim_start();
    if line.starts_with('#') {
        return None;
    }
    let (key, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let key = key.trim();
    (!key.is_empty()).then(|| (key.to_owned(), unquote(value.trim_start()).to_owned()))
}

/// A matched pair of quotes gives its content verbatim; anything else is a bare value.
fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote)
            && let Some(end) = rest.find(quote)
        {
            return &rest[..end];
        }
    }
    strip_comment(value).trim_end()
}

/// In bare values `#` starts a comment at the start or after a blank only: `a#b` is a value.
fn strip_comment(value: &str) -> &str {
    let starts_comment = |at: usize| at == 0 || value[..at].ends_with([' ', '\t']);
    value.match_indices('#').find(|(at, _)| starts_comment(*at)).map_or(value, |(at, _)| &value[..at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Ledger: EDGE-117.
    #[test]
    fn the_line_grammar_holds() {
        let table = [
            ("A=1", Some(("A", "1"))),
            ("  A = 1 ", Some(("A", "1"))),
            ("export A=1", Some(("A", "1"))),
            ("export\tA=1", Some(("export\tA", "1"))),
            ("A=", Some(("A", ""))),
            ("CONFIGS_DIR=      # comment", Some(("CONFIGS_DIR", ""))),
            ("A=b#c", Some(("A", "b#c"))),
            ("A=b # c", Some(("A", "b"))),
            ("A=b\t# c", Some(("A", "b"))),
            ("A=\"b # c\"", Some(("A", "b # c"))),
            ("A='b' # c", Some(("A", "b"))),
            ("A=\"b", Some(("A", "\"b"))),
            ("A=b=c", Some(("A", "b=c"))),
            ("A=b\r", Some(("A", "b"))),
            ("=b", None),
            ("# A=1", None),
            ("", None),
            ("A", None),
        ];
        for (line, expected) in table {
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(assignment(line), expected, "{line:?}");
        }
        assert_eq!(parse("\u{feff}A=1\r\nB=2").len(), 2);
        assert_eq!(parse("\u{feff}A=1")[0].0, "A");
    }

    /// Ledger: EDGE-117.
    #[test]
    fn a_foreign_file_is_ignored_and_the_search_goes_on() {
        let root = std::env::temp_dir().join(format!("dotenv-{}", uuid::Uuid::new_v4()));
        let inner = root.join("server/inner");
        std::fs::create_dir_all(&inner).expect("temp dir");
        std::fs::write(root.join("server/Cargo.toml"), "[package]\nname = \"server\"\n").expect("write");
        std::fs::write(root.join(".env"), "A=1").expect("write");
        std::fs::write(inner.join(".env"), "A=foreign").expect("write");
        assert_eq!(find(&inner), Some(root.join(".env")));
        std::fs::remove_file(root.join("server/Cargo.toml")).expect("remove");
        assert_eq!(find(&inner), None);
        std::fs::remove_dir_all(&root).expect("clean up");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in ".*") {
            let _ = parse(&text);
        }

        #[test]
        fn a_quoted_value_survives(value in "[^\"\r\n]*") {
            prop_assert_eq!(parse(&format!("K=\"{value}\"")), vec![("K".to_owned(), value)]);
        }
    }
}
