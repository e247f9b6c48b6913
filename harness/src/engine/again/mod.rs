//! Judging a recorded step again, without a world and with today's expectation.
//!
//! `keep` makes the record of a step that has just been judged; [`Demands`] binds a step's expectation to the
//! recorded values, once, and holds it against an observation as often as one likes; [`judge_again`] does
//! that for the recorded observation itself.

mod demands;
mod keep;
mod recorded;

use std::path::Path;

use harness_model::event::{Bound, Judged, Mismatch};
use harness_model::replay::{Capture, Step};
use harness_model::template::RenderError;
use harness_model::topology::Rule;
use harness_model::yaml::Source;
use serde_json::{Map, Value};

pub use demands::{Demands, Sighting};
pub(crate) use keep::keep;

use super::capture;
use super::judge::{Judgement, shown};
use super::secrets::Secrets;

/// The value that a capture takes from an observation.
#[must_use]
pub fn captured(step: &Step, capture: &Capture, facets: &Map<String, Value>) -> Option<Value> {
    capture::found(step, capture, facets).ok()
}

/// What came of judging a recorded step again.
#[derive(Debug, Clone)]
pub enum Again {
    /// Everything held; so many checks.
    Held(u32),
    /// These did not; as many held.
    Missed {
        /// As reports show them.
        mismatches: Vec<Mismatch>,
        /// Checks that held.
        held: u32,
        /// Checks that did not.
        missed: u32,
    },
    /// It rests on what the log must not hold: the recorded verdict stands.
    AsRecorded,
}

/// Judges a recorded step by today's expectation. Names that it did not ask for then have the value that the
/// rest of the replay knew them by.
///
/// # Errors
/// When the expectation asks for a name that the log has no value for.
pub fn judge_again(
    step: &Step,
    source: &Source,
    judged: &Judged,
    elsewhere: &Bound,
    held_then: bool,
    (rules, root): (&[Rule], &Path),
) -> Result<Again, RenderError> {
    let mut bound = elsewhere.clone();
    bound.0.extend(judged.bound.0.clone());
    let demands = Demands::bind(step, &bound, root)?.under(rules, &judged.asked);
    let sighting = Sighting { facets: judged.tree(), window: judged.window.clone() };
    let judgement = demands.judge(&sighting, &judged.sealed);
    let untold = !judged.sealed.is_empty() && (demands.is_never() || (judgement.holds() && !held_then));
    Ok(match judgement {
        _ if untold => Again::AsRecorded,
        Judgement { mismatches, held, .. } if mismatches.is_empty() => Again::Held(held),
        Judgement { mismatches, held, missed } => {
            let mismatches = shown(&mismatches, source, &Secrets::default());
            Again::Missed { mismatches, held, missed }
        }
    })
}
