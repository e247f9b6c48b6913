//! One step: its rows, its action, its judgement, its captures, its events.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use harness_model::event::{Exchange, Failure, Phase, RunEvent, StepRef};
use harness_model::replay::Step;
use harness_model::replay::action::Effect;
use tokio::time::Instant;

use super::again;
use super::capture;
use super::evidence::Mark;
use super::group;
use super::http::as_curl;
use super::judge::{shown, source_at};
use super::observed::Observed;
use super::record::millis;
use super::scope::Scope;
use super::secrets::Secrets;
use super::trouble::Trouble;
use super::{rows, wait};

/// Why a group is red: the steps inside have told more.
pub(crate) const INSIDE: &str = "a step inside did not hold";

/// Whether the steps that follow may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// They may.
    GoOn,
    /// This one did not hold or could not be judged.
    Stop,
}

impl Flow {
    /// Stops when either does.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        if self == Self::GoOn { other } else { Self::Stop }
    }
}

/// Runs steps in order until one does not hold.
pub(crate) fn run_all<'f>(steps: &'f [Step], scope: &'f mut Scope<'_>) -> BoxFuture<'f, Flow> {
    Box::pin(async move {
        for step in steps {
            if run(step, scope).await == Flow::Stop {
                return Flow::Stop;
            }
        }
        Flow::GoOn
    })
}

/// Runs a step: once, or once per row. All rows run, also after one that does not hold.
pub(crate) async fn run(step: &Step, scope: &mut Scope<'_>) -> Flow {
    let Some(for_each) = &step.for_each else {
        return run_row(step, scope).await;
    };
    let rows = match rows::of(for_each, scope).await {
        Ok(rows) => rows,
        Err(trouble) => return report_trouble(step, scope, trouble),
    };
    let mut flow = Flow::GoOn;
    for row in rows {
        let mut inner = scope.inner(scope.session.secrets.mask(&rows::label(&row)));
        for (name, value) in &row {
            inner.set(name.clone(), value.clone());
        }
        flow = flow.and(run_row(step, &mut inner).await);
        for capture in &step.capture.0 {
            if let Some(value) = inner.variable(&capture.name) {
                scope.set(capture.name.clone(), value.clone());
            }
        }
    }
    flow
}

/// A step whose rows cannot even be made.
fn report_trouble(step: &Step, scope: &Scope<'_>, trouble: Trouble) -> Flow {
    let running = Running::start(step, scope);
    running.broken(scope, trouble.into_failure())
}

async fn run_row(step: &Step, scope: &mut Scope<'_>) -> Flow {
    let running = Running::start(step, scope);
    if step.action.effect() == Effect::Group {
        let group = AssertUnwindSafe(group::run(step, scope)).catch_unwind().await;
        return running.finish_group(step, scope, group.unwrap_or_else(|panic| Err(erred(&*panic)))).await;
    }
    let attempt = AssertUnwindSafe(wait::run(step, scope)).catch_unwind().await;
    match attempt {
        Ok(Ok(result)) => running.judged(step, scope, result).await,
        Ok(Err(trouble)) => running.troubled(scope, trouble.into_failure()).await,
        Err(panic) => running.troubled(scope, erred(&*panic).into_failure()).await,
    }
}

/// A step that has begun.
struct Running<'s> {
    step: &'s Step,
    name: StepRef,
    mark: Mark,
    started: Instant,
}

impl<'s> Running<'s> {
    fn start(step: &'s Step, scope: &Scope<'_>) -> Self {
        let session = scope.session;
        let label = step.label();
        let mark = Mark::now(session.world);
        session.mark(&label, mark.clone());
        let name = scope.step_ref(label);
        session.emit(RunEvent::StepStarted { case: session.play.case.clone(), step: name.clone() });
        Self { step, name, mark, started: Instant::now() }
    }

    async fn judged(self, step: &Step, scope: &mut Scope<'_>, result: wait::Result) -> Flow {
        self.record(step, scope, &result);
        let wait::Result { observed, judgement, waited, message, bound: _ } = result;
        scope.session.count(judgement.held, judgement.missed);
        if judgement.holds() {
            return match capture::keep(step, scope, &observed) {
                Ok(()) => self.passed(scope, judgement.held).await,
                Err(mismatches) => {
                    scope.session.count(0, 1);
                    let failure = Failure {
                        message: "a value to capture is not there".to_owned(),
                        mismatches: shown(&mismatches, &scope.source, &scope.session.secrets),
                        ..Failure::default()
                    };
                    self.failed(scope, failure, &observed).await
                }
            };
        }
        let mismatches = shown(&judgement.mismatches, &scope.source, &scope.session.secrets);
        let message = message.unwrap_or_else(|| match mismatches.as_slice() {
            [only] => only.to_string(),
            all => format!("{} checks did not hold", all.len()),
        });
        let failure = Failure { message, mismatches, waited, ..Failure::default() };
        self.failed(scope, failure, &observed).await
    }

    /// Tells what went over the wire, and by what the step was judged.
    fn record(&self, step: &Step, scope: &Scope<'_>, result: &wait::Result) {
        let session = scope.session;
        // The captured secrets first: from here on nothing that is told may hold them.
        capture::hide(step, scope, &result.observed);
        let case = session.play.case.clone();
        let exchange = result.observed.exchange.as_ref();
        if let Some(exchange) = exchange.and_then(|exchange| mask_again(step, exchange, &session.secrets)) {
            session.emit(RunEvent::ExchangeRecorded {
                case: case.clone(),
                step: self.name.clone(),
                took_ms: result.observed.took_ms,
                exchange: Box::new(exchange),
            });
        }
        let judged = Box::new(again::keep(step, scope, result));
        session.emit(RunEvent::StepJudged { case, step: self.name.clone(), judged });
    }

    async fn passed(self, scope: &Scope<'_>, checks: u32) -> Flow {
        if let Some(death) = scope.session.died() {
            return self.dead(scope, death, Failure::default()).await;
        }
        let (case, took_ms) = (scope.session.play.case.clone(), self.took_ms());
        scope.session.emit(RunEvent::StepPassed { case, step: self.name, took_ms, checks });
        Flow::GoOn
    }

    async fn failed(self, scope: &Scope<'_>, mut failure: Failure, observed: &Observed) -> Flow {
        if let Some(Exchange::Http { request, response, .. }) = &observed.exchange {
            failure.request = Some(request.clone());
            failure.response.clone_from(response);
        }
        if let Some(request) = &observed.request {
            failure.curl = Some(as_curl(request, &scope.session.secrets));
        }
        if let Some(death) = scope.session.died() {
            return self.dead(scope, death, failure).await;
        }
        let failure = self.with_evidence(scope, failure).await;
        if self.name.phase == Phase::Given {
            // What was to be prepared is not there: whatever follows would judge something else.
            return self.broken(scope, failure);
        }
        let (case, took_ms) = (scope.session.play.case.clone(), self.took_ms());
        scope.session.failed(self.name.clone(), failure.clone());
        scope.session.emit(RunEvent::StepFailed {
            case,
            step: self.name,
            took_ms,
            failure: Box::new(failure),
        });
        Flow::Stop
    }

    async fn troubled(self, scope: &Scope<'_>, failure: Failure) -> Flow {
        if let Some(death) = scope.session.died() {
            return self.dead(scope, death, failure).await;
        }
        let failure = self.with_evidence(scope, failure).await;
        self.broken(scope, failure)
    }

    /// A service died: whatever the step saw, nobody can judge it.
    async fn dead(self, scope: &Scope<'_>, (service, how): (String, String), failure: Failure) -> Flow {
        let seen = if failure.message.is_empty() {
            String::new()
        } else {
            format!("; the step saw: {}", failure.message)
        };
        let message = format!("service `{service}` died with {how}{seen}");
        let failure = self.with_evidence(scope, Failure { message, ..failure }).await;
        self.broken(scope, failure)
    }

    fn broken(self, scope: &Scope<'_>, mut failure: Failure) -> Flow {
        let session = scope.session;
        failure.at = failure.at.or_else(|| source_at(&scope.source, self.step.span));
        failure.message = session.secrets.mask(&failure.message).into_owned();
        session.broken(Some(self.name.clone()), failure.clone());
        let (case, took_ms) = (session.play.case.clone(), self.took_ms());
        session.emit(RunEvent::StepBroken { case, step: self.name, took_ms, failure: Box::new(failure) });
        Flow::Stop
    }

    async fn finish_group(
        self,
        step: &Step,
        scope: &mut Scope<'_>,
        group: Result<(Flow, Observed), Trouble>,
    ) -> Flow {
        let result = match group {
            Ok((Flow::GoOn, observed)) => wait::judged(step, scope, observed).await,
            // The steps inside have told why; the group only ends.
            Ok((Flow::Stop, _)) => {
                let failure = Box::new(Failure::new(INSIDE));
                let (case, took_ms) = (scope.session.play.case.clone(), self.took_ms());
                scope.session.emit(RunEvent::StepFailed { case, step: self.name, took_ms, failure });
                return Flow::Stop;
            }
            Err(trouble) => Err(trouble),
        };
        match result {
            Ok(result) => self.judged(step, scope, result).await,
            Err(trouble) => self.troubled(scope, trouble.into_failure()).await,
        }
    }

    async fn with_evidence(&self, scope: &Scope<'_>, failure: Failure) -> Failure {
        let session = scope.session;
        Failure {
            at: failure.at.or_else(|| source_at(&scope.source, self.step.span)),
            message: session.secrets.mask(&failure.message).into_owned(),
            seen: self.mark.seen(session.world, &session.secrets).await,
            logs: self.mark.logs(session.world, &session.secrets),
            ..failure
        }
    }

    fn took_ms(&self) -> u64 {
        millis(self.started.elapsed())
    }
}

/// An exchange is masked when it is made; a secret that this very step captures was not yet known then.
/// One that cannot be masked, because a number of its own was hidden, is not told at all.
fn mask_again(step: &Step, exchange: &Exchange, secrets: &Secrets) -> Option<Exchange> {
    if step.capture.0.iter().all(|capture| !capture.secret) {
        return Some(exchange.clone());
    }
    let masked = secrets.mask_json(&serde_json::to_value(exchange).ok()?);
    serde_json::from_value(masked).ok()
}

fn erred(panic: &(dyn std::any::Any + Send)) -> Trouble {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Trouble::new(format!("the harness erred: {}", text.unwrap_or_else(|| "a panic".to_owned())))
}
