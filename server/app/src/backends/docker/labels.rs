//! Labels that say whose a container or volume is. A wiped database forgets them; the engine does not.

use std::collections::HashMap;

/// Everything that this product makes on an engine carries it.
pub(super) const MANAGED: &str = "molecule.platform.managed";
const TRUE: &str = "true";
/// Names the server, where several share an engine.
const SCOPE: &str = "molecule.platform.scope";

/// The labels of whatever a server of this scope makes.
pub(super) fn of_scope(scope: Option<&str>) -> HashMap<String, String> {
    let scope = scope.map(|scope| (SCOPE.to_owned(), scope.to_owned()));
    std::iter::once((MANAGED.to_owned(), TRUE.to_owned())).chain(scope).collect()
}

/// Whether a server of this scope made what carries these labels. Without a scope, one that has a scope
/// is somebody else's.
pub(super) fn are_ours(labels: &HashMap<String, String>, scope: Option<&str>) -> bool {
    let label = |name| labels.get(name).map(String::as_str);
    label(MANAGED) == Some(TRUE) && label(SCOPE) == scope
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scope_makes_is_its_own_and_nobody_elses() {
        let scopes = [None, Some("a"), Some("b")];
        for maker in scopes {
            for looker in scopes {
                assert_eq!(are_ours(&of_scope(maker), looker), maker == looker, "{maker:?} {looker:?}");
            }
        }
        assert!(!are_ours(&HashMap::new(), None));
        assert!(!are_ours(&HashMap::from([(MANAGED.to_owned(), "false".to_owned())]), None));
    }
}
