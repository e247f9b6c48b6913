//! Which step of today's file a record belongs to.
//!
//! A step is known by its name, which is unique in its file; one without a name by its action and its place.
//! So a file may be edited between the run and the judgement: lines move, steps come and go.

use harness_model::event::{Phase, StepRef};
use harness_model::replay::{Action, Step};
use harness_model::yaml::Source;

use crate::runner::load::Ready;

/// The steps of a replay as it is written today, those of its parts included.
pub struct Today<'r> {
    steps: Vec<Known<'r>>,
}

/// A step as it is written today.
pub struct Known<'r> {
    /// The step.
    pub step: &'r Step,
    /// The file it stands in.
    pub source: &'r Source,
    /// The part of the replay that runs it.
    pub phase: Phase,
    /// The position of the top-level step that it is, or is inside of.
    pub index: u32,
    /// The parts and branches around it, outermost first.
    around: Vec<String>,
}

/// Parts use each other no deeper than the engine lets them.
const DEPTH_MAX: usize = 16;

impl<'r> Today<'r> {
    /// The steps of a replay.
    #[must_use]
    pub fn of(ready: &'r Ready) -> Self {
        let mut today = Today { steps: Vec::new() };
        let replay = &ready.replay;
        for (phase, steps) in
            [(Phase::Given, &replay.given), (Phase::Steps, &replay.steps), (Phase::Finally, &replay.finally)]
        {
            for (index, step) in (0..).zip(steps) {
                today.add(ready, Place { phase, index, source: &ready.source }, step, &[]);
            }
        }
        if let Some(path) = &ready.topology.closing {
            let index = u32::try_from(replay.finally.len()).unwrap_or(u32::MAX);
            let place = Place { phase: Phase::Finally, index, source: &ready.source };
            today.add_part(ready, place, path, &[]);
        }
        today
    }

    fn add(&mut self, ready: &'r Ready, place: Place<'r>, step: &'r Step, around: &[String]) {
        let Place { phase, index, source } = place;
        self.steps.push(Known { step, source, phase, index, around: around.to_vec() });
        if let Action::Use(part) = &step.action {
            self.add_part(ready, place, &part.part, around);
        }
        for (branch, steps) in step.action.inner() {
            let mut around = around.to_vec();
            around.extend((!branch.is_empty()).then(|| branch.to_owned()));
            steps.iter().for_each(|step| self.add(ready, place, step, &around));
        }
    }

    fn add_part(&mut self, ready: &'r Ready, place: Place<'r>, path: &str, around: &[String]) {
        let Some(loaded) = ready.parts.get(path).filter(|_| around.len() < DEPTH_MAX) else { return };
        let around = [around, &[path.to_owned()]].concat();
        let place = Place { source: &loaded.source, ..place };
        loaded.part.steps.iter().for_each(|step| self.add(ready, place, step, &around));
    }

    /// Every step.
    pub fn steps(&self) -> impl Iterator<Item = &Known<'r>> {
        self.steps.iter()
    }

    /// The step that a record belongs to; none when it is gone, or cannot be told from others any more.
    #[must_use]
    pub fn find(&self, recorded: &StepRef) -> Option<&Known<'r>> {
        let near = |known: &&Known<'_>| known.phase == recorded.phase && known.is_inside(&recorded.inside);
        let named =
            self.steps.iter().filter(near).filter(|known| is_masked(&known.step.label(), &recorded.name));
        // The innermost first, then the one at the same place: a part may use the replay's own names.
        let named = named.max_by_key(|known| (known.around.len(), known.index == recorded.index));
        named.or_else(|| {
            let (action, line) = recorded.name.split_once(" (line ")?;
            line.ends_with(')').then_some(())?;
            let alike = |known: &&Known<'_>| {
                known.index == recorded.index
                    && known.step.name.is_none()
                    && known.step.action.key() == action
            };
            let mut all = self.steps.iter().filter(near).filter(alike);
            all.next().filter(|_| all.next().is_none())
        })
    }
}

/// Where steps are added.
#[derive(Clone, Copy)]
struct Place<'r> {
    phase: Phase,
    index: u32,
    source: &'r Source,
}

impl Known<'_> {
    /// Whether the record's labels lead through the parts and branches around this step, in their order.
    fn is_inside(&self, labels: &[String]) -> bool {
        let mut labels = labels.iter();
        self.around.iter().all(|around| labels.any(|label| is_masked(around, label)))
    }
}

/// Whether a recorded text is this one, with secrets in place of any part of it: a word in a name may happen to
/// be one.
pub(super) fn is_masked(written: &str, recorded: &str) -> bool {
    let Some((before, rest)) = recorded.split_once("[secret ") else { return written == recorded };
    let Some((_, after)) = rest.split_once(']') else { return written == recorded };
    let Some(hidden) = written.strip_prefix(before) else { return false };
    hidden.char_indices().any(|(at, _)| is_masked(&hidden[at..], after)) || after.is_empty()
}

#[cfg(test)]
mod tests {
    use super::is_masked;

    #[test]
    fn a_step_is_known_by_its_name_also_where_a_word_of_it_was_masked() {
        let recorded = "then nobody is a [secret alpha_session.Cookie 6]";
        assert!(is_masked("then nobody is a member", recorded));
        assert!(!is_masked("then somebody is a member", recorded));
        assert!(is_masked("a member, to remember", "a [secret x], to re[secret x]"));
        assert!(!is_masked("a member, forgotten", "a [secret x], to re[secret x]"));
        assert!(is_masked("plain", "plain") && !is_masked("plain", "other"));
    }
}
