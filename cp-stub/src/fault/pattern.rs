//! Path patterns: `*` stands for one segment or a part of it, `**` for anything.

/// A pattern for request paths.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathPattern<'p>(&'p str);

impl<'p> PathPattern<'p> {
    pub(crate) fn new(text: &'p str) -> Self {
        Self(text)
    }

    pub(crate) fn matches(self, path: &str) -> bool {
        matches(self.0.as_bytes(), path.as_bytes())
    }
}

fn matches(pattern: &[u8], path: &[u8]) -> bool {
    match pattern {
        [] => path.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=path.len()).any(|skipped| matches(rest, &path[skipped..])),
        [b'*', rest @ ..] => {
            let segment = path.iter().position(|byte| *byte == b'/').unwrap_or(path.len());
            (0..=segment).any(|skipped| matches(rest, &path[skipped..]))
        }
        [literal, rest @ ..] => path.first() == Some(literal) && matches(rest, &path[1..]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, path: &str) -> bool {
        PathPattern::new(pattern).matches(path)
    }

    #[test]
    fn one_star_stays_inside_a_segment_and_two_do_not() {
        assert!(check("/cp/workspaces/*", "/cp/workspaces/abc"));
        assert!(!check("/cp/workspaces/*", "/cp/workspaces/abc/status"));
        assert!(check("/cp/workspaces/*/status", "/cp/workspaces/abc/status"));
        assert!(check("/cp/**", "/cp/workspaces/abc/status"));
        assert!(!check("/cp/auth/me", "/cp/auth/mex"));
    }

    proptest! {
        #[test]
        fn a_path_matches_itself_and_everything_pattern(path in "(/[a-z0-9-]{1,6}){1,5}") {
            prop_assert!(check(&path, &path));
            prop_assert!(check("**", &path));
        }

        #[test]
        fn a_star_in_place_of_one_segment_still_matches(
            before in "(/[a-z]{1,4}){0,3}", hidden in "[a-z]{1,5}", after in "(/[a-z]{1,4}){0,3}",
        ) {
            let path = format!("{before}/{hidden}{after}");
            let pattern = format!("{before}/*{after}");
            let deeper = format!("{before}/{hidden}/more{after}/x");
            prop_assert!(check(&pattern, &path));
            prop_assert_eq!(check(&pattern, &deeper), false);
        }

        #[test]
        fn a_literal_pattern_matches_nothing_else(path in "/[a-z]{1,6}", other in "/[a-z]{1,6}") {
            prop_assert_eq!(check(&path, &other), path == other);
        }
    }
}
