//! What only the whole file shows: unbound names, retried effects, unknown identities.
//!
//! Runs after a replay was read without errors and adds to the same diagnostics. Reading order:
//! this file (entry points), `scope` (names), `walk` (steps in order), then one file per rule:
//! `rules` (effects, facets, requests), `weak` (expectations that cannot fail), `places` (identities and services of
//! the topology),
//! `witness`.

mod places;
mod rules;
mod scope;
mod walk;
mod weak;
mod witness;

use indexmap::IndexMap;

use crate::replay::{Part, Replay};
use crate::topology::Topology;
use crate::yaml::{Diagnostic, Diagnostics};

/// The capability of an edge whose rules can be changed while it runs. One that is another program's
/// configuration, as nginx in worlds of containers, lacks it.
pub const EDGE_RULES: &str = "edge-rules";

/// What a replay refers to beyond its own file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// The topology; without it identities and services are not checked, and names with a field,
    /// such as `${tenant-alpha.url}`, may be services.
    pub topology: Option<&'a Topology>,
    /// The parts by path; without them `use` is checked only for shape.
    pub parts: Option<&'a IndexMap<String, Part>>,
}

/// Checks a replay. Errors make it unusable; [`Severity::Lint`](crate::yaml::Severity::Lint)
/// findings are refused by the project's lint only.
pub fn check_replay(replay: &Replay, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    walk::replay(replay, around, diagnostics);
    places::variants(replay, around, diagnostics);
    witness::check(replay, around, diagnostics);
    if !replay.needs.iter().any(|need| need == EDGE_RULES) {
        rules::scripted_edge(&replay.all_steps().collect::<Vec<_>>(), diagnostics);
    }
    weak::check(replay, diagnostics);
    let partial = diagnostics.lost_in(replay.span);
    if replay.steps.is_empty() && !partial {
        diagnostics.push(Diagnostic::error(replay.span, "a replay without steps judges nothing"));
    }
    let judges =
        replay.steps.iter().any(|step| step.expect.is_some() || step.wait.is_some() || step.action.judges());
    if !replay.steps.is_empty() && !judges && !partial {
        diagnostics.push(Diagnostic::lint(replay.span, "no step of the replay expects anything"));
    }
}

/// Checks a part.
pub fn check_part(part: &Part, around: Surroundings<'_>, diagnostics: &mut Diagnostics) {
    walk::part(part, around, diagnostics);
}
