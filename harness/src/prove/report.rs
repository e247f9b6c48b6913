//! A proof as people read it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::suite::{Place, Proof, Survivors};

/// Places shown for one step unless all are wanted.
const PLACES_SHOWN: usize = 3;

/// The weak places of one step.
type Places<'p> = Vec<(&'p Place, &'p Survivors)>;

/// The survivors by step, the weakest step first, each place with the line that would notice it.
#[must_use]
pub fn survivors(proof: &Proof, all: bool) -> String {
    let mut steps: BTreeMap<(&str, usize, &str), Places<'_>> = BTreeMap::new();
    for (place, survivors) in &proof.survivors {
        steps.entry((&place.file, place.line, &place.step)).or_default().push((place, survivors));
    }
    let total = |places: &[(&Place, &Survivors)]| places.iter().map(|(_, s)| s.count).sum::<u64>();
    let mut steps: Vec<_> = steps.into_iter().collect();
    steps.sort_by_key(|(_, places)| std::cmp::Reverse(total(places)));
    let mut out = String::new();
    for ((file, line, step), mut places) in steps {
        // Writing into a String cannot fail.
        let _ = writeln!(out, "{file}:{line}  {step}: {} survived", total(&places));
        places.sort_by_key(|(_, survivors)| std::cmp::Reverse(survivors.count));
        let shown = if all { places.len() } else { PLACES_SHOWN };
        for (place, survivors) in places.iter().take(shown) {
            let operators: Vec<_> = survivors.operators.iter().map(|operator| operator.word()).collect();
            let _ = writeln!(out, "    {}  ({})", place.path, operators.join(", "));
            let _ = writeln!(out, "      expect: {}", survivors.matcher);
        }
        if places.len() > shown {
            let _ = writeln!(out, "    … and {} places more (--all)", places.len() - shown);
        }
    }
    out
}

/// The table of scores.
#[must_use]
pub fn scores(proof: &Proof) -> String {
    let mut out = String::from(" score  caught  missed  equivalent\n");
    let rows = proof.files.iter().map(|(file, score)| (file.as_str(), *score));
    for (name, score) in rows.chain([("suite", proof.suite())]) {
        let _ = writeln!(
            out,
            "{:>5}% {:>7} {:>7} {:>11}  {name}",
            score.percent(),
            score.caught,
            score.missed,
            score.equivalent
        );
    }
    out
}
