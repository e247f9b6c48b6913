//! Which paths may be read from outside. The platform checks the same rules; neither trusts the other.

use crate::agent::disk::{AUTH_TOKEN, INBOUND_SECRET, ROOTS};

/// Why a path is refused; the text is the public one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PathRefused {
    #[error("path query required")]
    Missing,
    #[error("path must be absolute")]
    NotAbsolute,
    #[error("path must be under /configs, /workspace, /home, or /plugins")]
    OutsideRoots,
    #[error("invalid path")]
    NotCanonical,
}

/// Checks a path, in the order of the contract.
pub(super) fn check(path: &str) -> Result<(), PathRefused> {
    if path.is_empty() {
        return Err(PathRefused::Missing);
    }
    if !path.starts_with('/') {
        return Err(PathRefused::NotAbsolute);
    }
    if !ROOTS
        .iter()
        .any(|root| path == *root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/')))
    {
        return Err(PathRefused::OutsideRoots);
    }
    let canonical = !path.ends_with('/') && path[1..].split('/').all(|part| !part.is_empty() && part != ".");
    if !canonical || path.contains("..") || path.contains('\0') {
        return Err(PathRefused::NotCanonical);
    }
    Ok(())
}

/// Secrets are not files.
pub(super) fn is_secret(path: &str) -> bool {
    path == AUTH_TOKEN || path == INBOUND_SECRET
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_refusal_has_its_own_text_and_the_roots_are_whole_segments() {
        for (path, refused) in [
            ("", PathRefused::Missing),
            ("workspace/a", PathRefused::NotAbsolute),
            ("/etc/passwd", PathRefused::OutsideRoots),
            ("/workspacex/a", PathRefused::OutsideRoots),
            ("/workspace//a", PathRefused::NotCanonical),
            ("/workspace/a/", PathRefused::NotCanonical),
            ("/workspace/./a", PathRefused::NotCanonical),
            ("/workspace/../etc/passwd", PathRefused::NotCanonical),
            ("/workspace/a..b", PathRefused::NotCanonical),
        ] {
            assert_eq!(check(path), Err(refused), "{path}");
        }
        assert_eq!(
            (check("/workspace/a.txt"), check("/home"), check("/plugins/x/y")),
            (Ok(()), Ok(()), Ok(()))
        );
    }

    proptest! {
        #[test]
        fn an_accepted_path_stays_below_a_root(path in "(/(configs|workspace|home|plugins|etc|\\.\\.|\\.|a|))+") {
            if check(&path).is_ok() {
                prop_assert!(ROOTS.iter().any(|root| std::path::Path::new(&path).starts_with(root)));
                prop_assert!(!path.contains("..") && !path.contains("//"));
            }
        }
    }
}
