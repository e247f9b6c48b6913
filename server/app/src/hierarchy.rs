//! Who may talk to whom: the tree of workspaces decides.
//!
//! Status is not looked at: removed rows still define the tree, and liveness and credentials are
//! judged elsewhere.

use server_store::hierarchy::{self as rows, Lineage};
use server_types::WorkspaceId;

use crate::App;

impl App {
    /// Whether two workspaces may talk; false also when that cannot be found out.
    pub async fn can_communicate(&self, caller: WorkspaceId, target: WorkspaceId) -> bool {
        if caller == target {
            return true;
        }
        let lineages = match rows::lineages(&self.store.db, &[caller, target]).await {
            Ok(lineages) => lineages,
            Err(error) => {
                tracing::warn!(%error, %caller, %target, "hierarchy lookup failed: communication refused");
                return false;
            }
        };
        match (lineages.get(&caller), lineages.get(&target)) {
            (Some(caller), Some(target)) => related(caller, target),
            _ => {
                tracing::info!(%caller, %target, "hierarchy: unknown workspace, communication refused");
                false
            }
        }
    }
}

/// The rule on two lines of ancestors: same node, siblings, both roots, or one above the other.
pub fn related(one: &Lineage, other: &Lineage) -> bool {
    if one.id == other.id || one.ancestors.first() == other.ancestors.first() {
        return true;
    }
    let above = |upper: &Lineage, lower: &Lineage| lower.ancestors.contains(&upper.id);
    if above(one, other) || above(other, one) {
        return true;
    }
    if one.cut || other.cut {
        tracing::warn!(one = %one.id, other = %other.id, "hierarchy: too many ancestors, is there a parent cycle?");
    }
    false
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;
    use server_types::limits::HIERARCHY_STEPS_MAX;

    use super::*;

    type Parents = HashMap<u8, u8>;

    fn id(node: u8) -> WorkspaceId {
        WorkspaceId(uuid::Uuid::from_u128(node.into()))
    }

    /// What the store's walk yields for a node.
    fn lineage(parents: &Parents, node: u8) -> Lineage {
        let above = std::iter::successors(parents.get(&node).copied(), |up| parents.get(up).copied());
        let line: Vec<_> = above.take(HIERARCHY_STEPS_MAX + 1).map(id).collect();
        let cut = line.len() > HIERARCHY_STEPS_MAX;
        Lineage { id: id(node), ancestors: line.into_iter().take(HIERARCHY_STEPS_MAX).collect(), cut }
    }

    fn may(parents: &Parents, one: u8, other: u8) -> bool {
        related(&lineage(parents, one), &lineage(parents, other))
    }

    /// The rule in the words of the specification, for trees.
    fn reference(parents: &Parents, one: u8, other: u8) -> bool {
        let line =
            |node| std::iter::successors(Some(node), |up| parents.get(up).copied()).collect::<Vec<u8>>();
        one == other
            || parents.get(&one) == parents.get(&other)
            || line(one).contains(&other)
            || line(other).contains(&one)
    }

    /// A forest: a node's parent always has a smaller number.
    fn forest() -> impl Strategy<Value = Parents> {
        prop::collection::vec(any::<u8>(), 1..20).prop_map(|picks| {
            let node = |at: usize| u8::try_from(at).expect("small");
            let parent = |(at, pick): (usize, &u8)| {
                let choice = usize::from(*pick) % (at + 1);
                (choice < at).then(|| (node(at), node(choice)))
            };
            picks.iter().enumerate().filter_map(parent).collect()
        })
    }

    proptest! {
        /// Ledger: REG-91.
        #[test]
        fn every_pair_of_a_forest_agrees_with_the_rule_as_written(parents in forest()) {
            for one in 0..20 {
                for other in 0..20 {
                    prop_assert_eq!(may(&parents, one, other), reference(&parents, one, other), "{} {}", one, other);
                }
            }
        }

        /// Ledger: REG-92.
        #[test]
        fn any_graph_is_judged_in_bounded_steps_alike_both_ways(
            parents in prop::collection::hash_map(0u8..8, 0u8..8, 0..8),
            one in 0u8..8,
            other in 0u8..8,
        ) {
            prop_assert!(lineage(&parents, one).ancestors.len() <= HIERARCHY_STEPS_MAX);
            prop_assert!(may(&parents, one, one));
            prop_assert_eq!(may(&parents, one, other), may(&parents, other, one));
        }
    }

    /// Ledger: REG-91.
    #[test]
    fn ancestors_talk_across_levels_and_cousins_do_not() {
        // 0 is the root of 1 and 2; 3 is below 1, 4 below 2; 9 is another root.
        let parents = Parents::from([(1, 0), (2, 0), (3, 1), (4, 2)]);
        for (one, other, allowed) in [
            (0, 3, true),
            (3, 0, true),
            (1, 2, true),
            (0, 9, true),
            (3, 4, false),
            (3, 2, false),
            (3, 9, false),
        ] {
            assert_eq!(may(&parents, one, other), allowed, "{one} {other}");
        }
    }

    /// Ledger: REG-92.
    #[test]
    fn a_node_beyond_the_step_limit_is_not_related() {
        let line: Parents = (1..=40).map(|node| (node, node - 1)).collect();
        assert!(may(&line, 8, 40), "32 steps up");
        assert!(!may(&line, 7, 40), "33 steps up");
    }
}
