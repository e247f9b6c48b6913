//! Which cases run, and in which order.

use harness_model::verdict::CaseId;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;

/// What a case is chosen by.
pub trait Choosable {
    /// Its name.
    fn id(&self) -> &CaseId;
    /// Its tags.
    fn tags(&self) -> &[String];
}

/// Which cases are wanted. Empty means all; every part that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Parts of names; one of them must occur.
    pub names: Vec<String>,
    /// Names must be equal instead.
    pub exact: bool,
    /// One of these tags must be there.
    pub tags: Vec<String>,
    /// One of these areas must be the case's.
    pub areas: Vec<String>,
}

impl Filter {
    /// Whether the case is wanted.
    #[must_use]
    pub fn wants(&self, case: &impl Choosable) -> bool {
        let id = &case.id().0;
        let name = |wanted: &String| if self.exact { is_exactly(id, wanted) } else { id.contains(wanted) };
        let area = |wanted: &String| id.split("::").nth(1) == Some(wanted);
        holds(&self.names, name)
            && holds(&self.areas, area)
            && holds(&self.tags, |tag| case.tags().contains(tag))
    }

    /// Whether a case of a log is wanted; its tags are those of today's case of that name.
    #[must_use]
    pub fn wants_named<C: Choosable>(&self, id: &CaseId, today: &[C]) -> bool {
        match today.iter().find(|case| case.id() == id) {
            Some(case) => self.wants(case),
            None => self.wants(&Gone(id.clone())),
        }
    }

    /// Whether it asks for less than everything.
    #[must_use]
    pub fn narrows(&self) -> bool {
        *self != Filter { exact: self.exact, ..Filter::default() }
    }
}

/// A case that only a log still knows.
struct Gone(CaseId);

impl Choosable for Gone {
    fn id(&self) -> &CaseId {
        &self.0
    }

    fn tags(&self) -> &[String] {
        &[]
    }
}

/// A full name, or the name of a replay without its rows, with or without its area: what people type.
fn is_exactly(id: &str, wanted: &str) -> bool {
    let rest = |from: usize| id.splitn(3, "::").nth(2).filter(|_| from > 0).unwrap_or(id);
    let without_rows = |name: &str| name.split("::").next() == Some(wanted);
    id == wanted
        || rest(1) == wanted
        || without_rows(rest(1))
        || id.strip_prefix(wanted).is_some_and(|r| r.starts_with("::"))
}

fn holds(wanted: &[String], is: impl Fn(&String) -> bool) -> bool {
    wanted.is_empty() || wanted.iter().any(is)
}

/// Puts cases in the order of their names, or in the order that the seed gives.
pub fn arrange<C: Choosable>(cases: &mut [C], seed: Option<u64>) {
    cases.sort_by(|left, right| left.id().cmp(right.id()));
    if let Some(seed) = seed {
        cases.shuffle(&mut StdRng::seed_from_u64(seed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Named(CaseId, Vec<String>);

    impl Choosable for Named {
        fn id(&self) -> &CaseId {
            &self.0
        }

        fn tags(&self) -> &[String] {
            &self.1
        }
    }

    fn case(id: &str, tags: &[&str]) -> Named {
        Named(CaseId(id.into()), tags.iter().map(|tag| (*tag).to_owned()).collect())
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_filter_is_a_part_of_the_name_and_every_part_given_must_hold() {
        let case = case("replay::isolation::tenant-isolation", &["isolation", "slow"]);
        let wants = |filter: Filter| filter.wants(&case);
        assert!(wants(Filter::default()));
        assert!(wants(Filter { names: texts(&["nothing", "nant-iso"]), ..Filter::default() }));
        assert!(!wants(Filter { names: texts(&["nothing"]), ..Filter::default() }));
        assert!(wants(Filter { areas: texts(&["isolation"]), tags: texts(&["slow"]), ..Filter::default() }));
        assert!(!wants(Filter { areas: texts(&["a2a"]), tags: texts(&["slow"]), ..Filter::default() }));
        assert!(!wants(Filter { tags: texts(&["fast"]), ..Filter::default() }));
    }

    #[test]
    fn an_exact_name_is_the_full_one_or_the_one_people_type() {
        let case = case("replay::canary::canary-smoke::tenant=alpha", &[]);
        let exact =
            |name: &str| Filter { names: texts(&[name]), exact: true, ..Filter::default() }.wants(&case);
        assert!(exact("replay::canary::canary-smoke::tenant=alpha"));
        assert!(exact("canary-smoke::tenant=alpha"));
        assert!(exact("replay::canary::canary-smoke"));
        assert!(exact("canary-smoke"));
        assert!(!exact("canary"));
        assert!(!exact("canary-smoke::tenant=beta"));
        assert!(!exact("tenant=alpha"));
    }

    #[test]
    fn the_order_is_alphabetical_or_follows_from_the_seed_alone() {
        let names: Vec<_> = (10..40).map(|n| case(&format!("replay::a::{n}"), &[])).collect();
        let ordered = |start: &[Named], seed| {
            let mut cases = start.to_vec();
            arrange(&mut cases, seed);
            cases
        };
        let reversed: Vec<_> = names.iter().rev().cloned().collect();
        assert_eq!(ordered(&reversed, None), names);
        assert_eq!(ordered(&reversed, Some(7)), ordered(&names, Some(7)));
        assert_ne!(ordered(&names, Some(7)), names);
        assert_ne!(ordered(&names, Some(7)), ordered(&names, Some(8)));
    }
}
