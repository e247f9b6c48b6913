//! Waiting, which belongs to the assertion: look again until it holds, and never sleep blindly.
//!
//! Every look is level-triggered: it sees the state as it is then, and the last one is what a failure
//! reports, with the number of looks.

use std::time::Duration;

use harness_model::event::{Bound, Waited};
use harness_model::replay::{BoundCheck, Expectation, Step, Wait};
use harness_model::template::Dyn;
use harness_model::units::Time;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::action;
use super::judge::{Judgement, judge};
use super::observed::Observed;
use super::record::millis;
use super::rules;
use super::scope::Scope;
use super::trouble::Trouble;
use super::window;

/// The first pause between two looks; it grows, so that a fast world is not kept waiting and a slow one is not
/// flooded.
const PAUSE_MIN: Duration = Duration::from_millis(10);
/// The longest pause between two looks when the step does not say.
const PAUSE_MAX: Duration = Duration::from_millis(250);

/// What a step came to.
#[derive(Debug)]
pub(crate) struct Result {
    /// The last observation; none when not a single look was answered.
    pub(crate) observed: Observed,
    /// How it was judged.
    pub(crate) judgement: Judgement,
    /// How long it was looked at, when it was not once.
    pub(crate) waited: Option<Waited>,
    /// What to say of it when it does not hold, where the mismatches alone do not.
    pub(crate) message: Option<String>,
    /// The values of the names that the expectation asked for.
    pub(crate) bound: Bound,
}

/// Runs the step's action as often as its wait asks for.
///
/// # Errors
/// When the step cannot be judged.
pub(crate) async fn run(step: &Step, scope: &mut Scope<'_>) -> std::result::Result<Result, Trouble> {
    let expect = step.expect.as_ref();
    match &step.wait {
        None => once(step, scope).await,
        Some(Wait::Eventually(wait)) => {
            let looks = Looks::new(scope, "eventually", &wait.within, wait.every.as_ref()).await?;
            let until = wait.until.as_ref().or(expect);
            let after = wait.until.as_ref().and(expect);
            let watch = Watch { until, after, abort_on: wait.abort_on.as_ref() };
            eventually(step, scope, looks, watch).await
        }
        Some(Wait::Never(wait)) => {
            let looks = Looks::new(scope, "never", &wait.during, wait.every.as_ref()).await?;
            never(step, scope, looks, wait.that.as_ref().or(expect)).await
        }
        Some(Wait::Stays(wait)) => {
            let looks = Looks::new(scope, "stays", &wait.during, wait.every.as_ref()).await?;
            stays(step, scope, looks, wait.that.as_ref().or(expect)).await
        }
    }
}

struct Watch<'s> {
    until: Option<&'s Expectation>,
    after: Option<&'s Expectation>,
    abort_on: Option<&'s Expectation>,
}

async fn once(step: &Step, scope: &mut Scope<'_>) -> std::result::Result<Result, Trouble> {
    let observed = action::run(step, scope).await?;
    let observed = under_rules(observed, step, scope);
    judged(step, scope, observed).await
}

/// Judges an observation that is already there.
///
/// # Errors
/// When a template of the expectation has no value.
pub(crate) async fn judged(
    step: &Step,
    scope: &Scope<'_>,
    observed: Observed,
) -> std::result::Result<Result, Trouble> {
    let mut bound = Bound::default();
    let checks = bind(scope, step.expect.as_ref(), &mut bound).await?;
    let judgement = judge(&checks, &observed, step.span);
    Ok(Result { observed, judgement, waited: None, message: None, bound })
}

async fn eventually(
    step: &Step,
    scope: &mut Scope<'_>,
    mut looks: Looks,
    watch: Watch<'_>,
) -> std::result::Result<Result, Trouble> {
    let mut bound = Bound::default();
    let until = bind(scope, watch.until, &mut bound).await?;
    let abort_on = bind(scope, watch.abort_on, &mut bound).await?;
    let mut last = None;
    while let Some(observed) = looks.next(step, scope).await? {
        let judgement = judge(&until, &observed, step.span);
        if judgement.holds() {
            let after = bind(scope, watch.after, &mut bound).await?;
            let mut judgement_after = judge(&after, &observed, step.span);
            judgement_after.held += judgement.held;
            return Ok(looks.settled(observed, judgement_after, bound));
        }
        if !observed.breaches.is_empty() {
            let message = format!("broke a rule of every answer at look {}", looks.attempts);
            return Ok(looks.missed(observed, judgement, message, step, bound));
        }
        if !abort_on.is_empty() && judge(&abort_on, &observed, step.span).holds() {
            let mut waited = looks.waited();
            waited.aborted = Some("`abort_on` held".to_owned());
            let message = Some(format!("gave up after {} looks: `abort_on` held", looks.attempts));
            return Ok(Result { observed, judgement, waited: Some(waited), message, bound });
        }
        last = Some((observed, judgement));
    }
    let (observed, judgement) = last.unwrap_or_default();
    let message = format!("did not come to hold within {:?} (iterations={})", looks.limit, looks.attempts);
    Ok(looks.missed(observed, judgement, message, step, bound))
}

async fn never(
    step: &Step,
    scope: &mut Scope<'_>,
    mut looks: Looks,
    that: Option<&Expectation>,
) -> std::result::Result<Result, Trouble> {
    let mut bound = Bound::default();
    let that = bind(scope, that, &mut bound).await?;
    let mut last = None;
    while let Some(observed) = looks.next(step, scope).await? {
        let judgement = judge(&that, &observed, step.span);
        let unanswered = judge(&[], &observed, step.span);
        if judgement.holds() || !unanswered.holds() {
            let held = judgement.holds();
            let message = if held { "came to hold" } else { "could not be looked at" };
            let message = format!("{message} at look {} within {:?}", looks.attempts, looks.limit);
            return Ok(looks.missed(observed, unanswered, message, step, bound));
        }
        last = Some(observed);
    }
    match last {
        Some(observed) => {
            let judgement = Judgement { held: looks.attempts, ..Judgement::default() };
            Ok(looks.settled(observed, judgement, bound))
        }
        None => Ok(looks.missed(
            Observed::nothing(),
            Judgement::default(),
            "not a single look was answered".into(),
            step,
            bound,
        )),
    }
}

async fn stays(
    step: &Step,
    scope: &mut Scope<'_>,
    mut looks: Looks,
    that: Option<&Expectation>,
) -> std::result::Result<Result, Trouble> {
    let mut bound = Bound::default();
    let that = bind(scope, that, &mut bound).await?;
    let mut last = None;
    let mut held = 0;
    while let Some(observed) = looks.next(step, scope).await? {
        let judgement = judge(&that, &observed, step.span);
        if !judgement.holds() {
            let message =
                format!("did not hold any more at look {} within {:?}", looks.attempts, looks.limit);
            return Ok(looks.missed(observed, judgement, message, step, bound));
        }
        held += judgement.held;
        last = Some(observed);
    }
    match last {
        Some(observed) => {
            let judgement = Judgement { held, ..Judgement::default() };
            Ok(looks.settled(observed, judgement, bound))
        }
        None => Ok(looks.missed(
            Observed::nothing(),
            Judgement::default(),
            "not a single look was answered".into(),
            step,
            bound,
        )),
    }
}

/// What an action observed, held against the rules of the topology.
fn under_rules(mut observed: Observed, step: &Step, scope: &Scope<'_>) -> Observed {
    observed.breaches = rules::breaches(step, &observed, scope.session.world.topology());
    observed
}

/// An expectation with its templates filled in, nothing when there is none; what it asked for lands in `bound`.
async fn bind(
    scope: &Scope<'_>,
    expectation: Option<&Expectation>,
    bound: &mut Bound,
) -> std::result::Result<Vec<BoundCheck>, Trouble> {
    let Some(expectation) = expectation else { return Ok(Vec::new()) };
    let (checks, heard) = scope.render(|view| window::bind(expectation, view)).await?;
    bound.adopt(heard);
    Ok(checks)
}

/// The looks of one wait.
struct Looks {
    mode: &'static str,
    limit: Duration,
    deadline: Instant,
    every: Option<Duration>,
    pause: Duration,
    attempts: u32,
}

impl Looks {
    async fn new(
        scope: &Scope<'_>,
        mode: &'static str,
        limit: &Dyn<Time>,
        every: Option<&Dyn<Time>>,
    ) -> std::result::Result<Self, Trouble> {
        let limit = scope.typed(limit).await?.get();
        let every = scope.maybe(every).await?.map(Time::get);
        Ok(Self { mode, limit, deadline: Instant::now() + limit, every, pause: PAUSE_MIN, attempts: 0 })
    }

    /// The next observation; `None` once the time is over. The first look is always made, and one that gets
    /// no answer before the deadline is given up.
    async fn next(
        &mut self,
        step: &Step,
        scope: &mut Scope<'_>,
    ) -> std::result::Result<Option<Observed>, Trouble> {
        if self.attempts > 0 {
            let next = Instant::now() + self.every.unwrap_or(self.pause);
            if next >= self.deadline {
                return Ok(None);
            }
            sleep_until(next).await;
            self.pause = (self.pause * 3 / 2).min(PAUSE_MAX);
        }
        self.attempts += 1;
        match timeout_at(self.deadline, action::run(step, scope)).await {
            Ok(observed) => observed.map(|observed| Some(under_rules(observed, step, scope))),
            Err(_) => Ok(None),
        }
    }

    fn waited(&self) -> Waited {
        Waited {
            mode: self.mode.to_owned(),
            limit_ms: millis(self.limit),
            attempts: self.attempts,
            aborted: None,
        }
    }

    /// The wait ended with an observation that is judged as it stands.
    fn settled(&self, observed: Observed, judgement: Judgement, bound: Bound) -> Result {
        Result { observed, judgement, waited: Some(self.waited()), message: None, bound }
    }

    /// The wait did not end well; there is always at least one mismatch to count.
    fn missed(
        &self,
        observed: Observed,
        mut judgement: Judgement,
        message: String,
        step: &Step,
        bound: Bound,
    ) -> Result {
        if judgement.holds() {
            judgement.missed += 1;
            judgement.mismatches.push(harness_model::matcher::Mismatch {
                path: self.mode.to_owned(),
                expected: format!("{} for {:?}", self.mode, self.limit),
                actual: Some(observed.tree()),
                span: step.span,
                diff: None,
            });
        }
        Result { observed, judgement, waited: Some(self.waited()), message: Some(message), bound }
    }
}
