//! Everything a step demands of what it observes, bound to values, so that it can be held against many
//! observations.

use std::path::Path;

use harness_model::event::{Bound, Window};
use harness_model::matcher::Mismatch;
use harness_model::replay::action::{Feed, NeverSees, Sees};
use harness_model::replay::{Action, BoundCheck, Expectation, Facet, Step, Wait};
use harness_model::template::{RenderError, Scope};
use harness_model::topology::Rule;
use serde_json::{Map, Value};

use super::recorded::Recorded;
use crate::engine::capture;
use crate::engine::judge::{Judgement, judge_facets};
use crate::engine::rules;
use crate::engine::window::{self, Search, Wanted};

/// What was seen of an action: the observation, and the frames of a step that looks at some.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sighting {
    /// One member per facet.
    pub facets: Map<String, Value>,
    /// Frames that were looked at.
    pub window: Option<Window>,
}

/// The demands of one step.
#[derive(Debug)]
pub struct Demands<'s> {
    step: &'s Step,
    mode: Mode,
    /// What is demanded of the deciding observation.
    main: Vec<BoundCheck>,
    /// What is demanded of it, too, once `until` held.
    after: Vec<BoundCheck>,
    frames: Frames<'s>,
    /// Rules about answers of this kind.
    rules: Vec<&'s Rule>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Holds,
    Never,
}

#[derive(Debug)]
enum Frames<'s> {
    None,
    Sees(&'s Sees, Wanted),
    Never(&'s NeverSees, Vec<BoundCheck>),
}

/// The name under which demands on frames are sealed.
pub(super) const FRAMES: &str = "frames";
/// The name under which captures are sealed.
pub(super) const CAPTURE: &str = "capture";

impl<'s> Demands<'s> {
    /// The demands of a step, bound to recorded values.
    ///
    /// # Errors
    /// When a name was not recorded.
    pub fn bind(step: &'s Step, bound: &Bound, root: &Path) -> Result<Self, RenderError> {
        let scope = Recorded::of(bound, root);
        let demands = Self::bind_in(step, &scope)?;
        match scope.unknown() {
            None => Ok(demands),
            Some(name) => Err(RenderError {
                template: format!("${{{name}}}"),
                message: "this step asked for no such value in the recorded run".to_owned(),
            }),
        }
    }

    /// The same demands, and those of the rules about what was asked.
    #[must_use]
    pub fn under(self, rules: &'s [Rule], asked: &Map<String, Value>) -> Self {
        Self { rules: rules::about(rules, asked), ..self }
    }

    fn bind_in(step: &'s Step, scope: &dyn Scope) -> Result<Self, RenderError> {
        let bind = |expectation: Option<&Expectation>| match expectation {
            Some(expectation) => expectation.bind(scope),
            None => Ok(Vec::new()),
        };
        let expect = step.expect.as_ref();
        let (mode, main, after) = match &step.wait {
            None => (Mode::Holds, bind(expect)?, Vec::new()),
            Some(Wait::Eventually(wait)) => {
                let main = bind(wait.until.as_ref().or(expect))?;
                (Mode::Holds, main, bind(wait.until.as_ref().and(expect))?)
            }
            Some(Wait::Stays(wait)) => (Mode::Holds, bind(wait.that.as_ref().or(expect))?, Vec::new()),
            Some(Wait::Never(wait)) => (Mode::Never, bind(wait.that.as_ref().or(expect))?, Vec::new()),
        };
        let frames = match feed(step) {
            Some(Feed::Sees(sees)) => Frames::Sees(sees, window::bind_all(&sees.frames, scope)?.0),
            Some(Feed::NeverSees(never)) => Frames::Never(never, never.frame.bind(scope)?),
            _ => Frames::None,
        };
        Ok(Self { step, mode, main, after, frames, rules: Vec::new() })
    }

    /// Whether the step demands that something does not hold.
    #[must_use]
    pub fn is_never(&self) -> bool {
        self.mode == Mode::Never
    }

    /// Whether nothing is demanded at all, not even that something is there to be captured.
    #[must_use]
    pub fn are_none(&self) -> bool {
        let frames = matches!(self.frames, Frames::None);
        self.main.is_empty() && self.after.is_empty() && frames && self.step.capture.0.is_empty()
    }

    /// Whether everything holds, leaving out the checks of sealed facets.
    #[must_use]
    pub fn hold_but(&self, sighting: &Sighting, sealed: &[String]) -> bool {
        self.judge(sighting, sealed).holds()
    }

    /// Judges an observation; checks of sealed facets are left out.
    pub(crate) fn judge(&self, sighting: &Sighting, sealed: &[String]) -> Judgement {
        let counts = |word: &str| sealed.iter().all(|sealed| sealed != word);
        let by_facet = |facet: Facet| counts(facet.word());
        let (facets, frames) = self.frames(sighting);
        let facets = facets.as_ref().unwrap_or(&sighting.facets);
        let judge = |checks: &[BoundCheck]| judge_facets(checks, facets, self.step.span, &by_facet);
        let mut judgement = judge(&self.main);
        if self.mode == Mode::Never {
            judgement = self.never(judgement, judge(&[]), facets);
        } else if judgement.holds() && !self.after.is_empty() {
            let held = judgement.held;
            judgement = judge(&self.after);
            judgement.held += held;
        }
        if !frames.is_empty() && counts(FRAMES) {
            judgement.missed += 1;
            judgement.mismatches.splice(0..0, frames);
        }
        let breaches = self.breaches(sighting).into_iter().filter(|(facet, _)| by_facet(*facet));
        let breaches: Vec<_> = breaches.flat_map(|(_, mismatches)| mismatches).collect();
        if !breaches.is_empty() {
            judgement.missed += 1;
            judgement.mismatches.splice(0..0, breaches);
        }
        if judgement.holds() && counts(CAPTURE) {
            let missing = capture::missing(self.step, facets);
            judgement.missed += u32::from(!missing.is_empty());
            judgement.mismatches = missing;
        }
        judgement
    }

    /// How each facet's demands come out, apart from the others: what must be alike before and after masking.
    pub(super) fn by_facet(&self, sighting: &Sighting) -> Vec<(&'static str, bool)> {
        let (facets, frames) = self.frames(sighting);
        let facets = facets.as_ref().unwrap_or(&sighting.facets);
        let checks = self.main.iter().chain(&self.after);
        let mut all: Vec<_> = checks
            .map(|check| {
                let found = facets.get(check.facet.word());
                (check.facet.word(), check.judge_found(found).is_empty())
            })
            .collect();
        let breaches = self.breaches(sighting).into_iter();
        all.extend(breaches.map(|(facet, mismatches)| (facet.word(), mismatches.is_empty())));
        all.push((FRAMES, frames.is_empty()));
        all.push((CAPTURE, capture::missing(self.step, facets).is_empty()));
        all
    }

    fn breaches(&self, sighting: &Sighting) -> Vec<(Facet, Vec<Mismatch>)> {
        rules::judge(&self.rules, &sighting.facets, sighting.window.as_ref(), self.step.span)
    }

    /// The observation with the frames that were found, and what is wrong with them.
    fn frames(&self, sighting: &Sighting) -> (Option<Map<String, Value>>, Vec<Mismatch>) {
        let Some(window) = &sighting.window else { return (None, Vec::new()) };
        match &self.frames {
            Frames::None => (None, Vec::new()),
            Frames::Never(never, checks) => (None, window::intruders(never, checks, window)),
            Frames::Sees(sees, wanted) => {
                let search = Search::of(sees, wanted).through(window);
                let why = window.ended.clone().unwrap_or_else(|| "not in time".to_owned());
                let missing = search.missing(&why);
                let mut facets = sighting.facets.clone();
                facets.insert(Facet::Frames.word().to_owned(), search.into_found());
                (Some(facets), missing)
            }
        }
    }

    fn never(&self, held: Judgement, unanswered: Judgement, facets: &Map<String, Value>) -> Judgement {
        if !unanswered.holds() {
            return unanswered;
        }
        if !held.holds() {
            return Judgement { held: 1, ..Judgement::default() };
        }
        let came = Mismatch {
            path: "never".to_owned(),
            expected: "not to hold".to_owned(),
            actual: Some(Value::Object(facets.clone())),
            span: self.step.span,
            diff: None,
        };
        Judgement { mismatches: vec![came], held: 0, missed: 1 }
    }
}

fn feed(step: &Step) -> Option<&Feed> {
    match &step.action {
        Action::Ws(feed) | Action::Sse(feed) => Some(feed),
        _ => None,
    }
}
