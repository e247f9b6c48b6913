//! What becomes of a mutant.

use std::path::Path;

use harness_model::event::{Bound, Judged};
use harness_model::replay::{Action, Facet, Step, Volatile};
use harness_model::topology::Rule;
use serde_json::{Map, Value};

use super::mutate::text::is_generated;
use super::mutate::{self, Mutant};
use super::operator::Operator;
use crate::engine::again::{Demands, Sighting, captured};

/// What became of a mutant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// A step would have been red.
    Caught,
    /// Nobody would have noticed.
    Missed,
    /// Nobody had to notice: the place is volatile.
    Equivalent,
}

/// A recorded step with its demands of today.
pub struct Subject<'s> {
    /// The step as it is written today.
    pub step: &'s Step,
    /// Its record.
    pub judged: &'s Judged,
    sighting: Sighting,
    /// The observation with all frames that were looked at.
    whole: Map<String, Value>,
    demands: Demands<'s>,
    always: &'s [Rule],
    root: &'s Path,
}

impl<'s> Subject<'s> {
    /// A step that can be proven: it demands something of what was seen, and that holds.
    #[must_use]
    pub fn of(step: &'s Step, judged: &'s Judged, always: &'s [Rule], root: &'s Path) -> Option<Self> {
        let demands = Demands::bind(step, &judged.bound, root).ok()?.under(always, &judged.asked);
        let sighting = Sighting { facets: judged.tree(), window: judged.window.clone() };
        let provable =
            !demands.is_never() && !demands.are_none() && demands.hold_but(&sighting, &judged.sealed);
        provable.then(|| Subject { whole: whole(&sighting), step, judged, sighting, demands, always, root })
    }

    /// The observation that is changed.
    #[must_use]
    pub fn sighting(&self) -> &Sighting {
        &self.sighting
    }

    /// Weighs every mutant. `later` are the steps behind this one, for what they do with its captures.
    pub fn each(&self, volatile: &[Volatile], later: &[Subject<'_>], told: &mut dyn FnMut(&Mutant, Fate)) {
        let places: Vec<_> =
            volatile.iter().map(|volatile| (volatile.facet.word(), volatile.pointers(&self.whole))).collect();
        let is_volatile = |mutant: &Mutant| {
            let below = |place: &String| {
                let rest = mutant.pointer.strip_prefix(place.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            places.iter().any(|(facet, places)| *facet == mutant.facet && places.iter().any(below))
        };
        mutate::each(&self.sighting, &mut |mutant| {
            if self.judged.is_sealed(mutant.facet) || self.is_made_here(mutant.facet) {
                return;
            }
            let fate = if !self.demands.hold_but(&mutant.sighting, &self.judged.sealed) {
                Fate::Caught
            } else if is_volatile(&mutant) {
                Fate::Equivalent
            } else {
                self.survived(&mutant, later)
            };
            told(&mutant, fate);
        });
    }

    /// Whether a facet is the harness's own word: a control interface that answers otherwise than with 200 is no
    /// observation but trouble, and breaks the replay.
    fn is_made_here(&self, facet: &str) -> bool {
        facet == Facet::Status.word() && matches!(self.step.action, Action::Stub(_) | Action::Edge(_))
    }

    /// What stands at a place of the observation.
    #[must_use]
    pub fn at(&self, facet: &str, pointer: &str) -> Option<&Value> {
        self.whole.get(facet)?.pointer(pointer)
    }

    /// A mutant that this step does not notice.
    fn survived(&self, mutant: &Mutant, later: &[Subject<'_>]) -> Fate {
        let mut moved = false;
        for capture in &self.step.capture.0 {
            let was = captured(self.step, capture, &self.sighting.facets);
            let is = captured(self.step, capture, &mutant.sighting.facets);
            let (Some(was), Some(is)) = (was, is) else { continue };
            if was == is {
                continue;
            }
            moved = true;
            if later.iter().any(|subject| subject.notices(&capture.name, &was, &is)) {
                return Fate::Caught;
            }
        }
        let was = self.at(mutant.facet, &mutant.pointer);
        let generated = was.and_then(Value::as_str).is_some_and(is_generated);
        // Another id that later steps use is as good as the first one; so is another generated text.
        match mutant.operator {
            Operator::StringChange | Operator::NumberPlusOne | Operator::NumberMinusOne if moved => {
                Fate::Equivalent
            }
            Operator::StringChange | Operator::HeaderChange if generated => Fate::Equivalent,
            _ => Fate::Missed,
        }
    }

    /// Whether the step would be red if a name had another value.
    fn notices(&self, name: &str, was: &Value, is: &Value) -> bool {
        if self.judged.bound.0.get(name) != Some(was) {
            return false;
        }
        let mut bound: Bound = self.judged.bound.clone();
        bound.0.insert(name.to_owned(), is.clone());
        let demands = Demands::bind(self.step, &bound, self.root);
        let demands = demands.map(|demands| demands.under(self.always, &self.judged.asked));
        demands.is_ok_and(|demands| !demands.hold_but(&self.sighting, &self.judged.sealed))
    }
}

fn whole(sighting: &Sighting) -> Map<String, Value> {
    let mut whole = sighting.facets.clone();
    if let Some(window) = &sighting.window {
        let frames = window.frames.iter().map(|looked| Value::Object(looked.frame.clone()));
        whole.insert("frames".to_owned(), frames.collect());
    }
    whole
}
