//! Expectations too weak to fail: a look without a demand, a status without the body behind it.

use crate::matcher::Kind;
use crate::replay::action::{Effect, Http, Method, SqlAct, StubAct};
use crate::replay::{Action, Facet, Replay, Step};
use crate::rule::Rule;
use crate::template::TemplateValue;
use crate::yaml::{Diagnostic, Diagnostics};

/// Statuses that come without a body.
const WITHOUT_BODY: [&str; 4] = ["101", "204", "205", "304"];

/// Checks every step of a replay. What prepares and what cleans up may look away from bodies.
pub(super) fn check(replay: &Replay, diagnostics: &mut Diagnostics) {
    for step in &replay.given {
        each(step, &mut |step| silent(step, diagnostics));
    }
    for step in &replay.steps {
        each(step, &mut |step| {
            silent(step, diagnostics);
            status_alone(step, diagnostics);
        });
    }
}

/// A step and those inside it.
fn each<'a>(step: &'a Step, visit: &mut dyn FnMut(&'a Step)) {
    visit(step);
    for (_, steps) in step.action.inner() {
        steps.iter().for_each(|step| each(step, visit));
    }
}

/// Whether an action is there to be looked at.
fn looks(action: &Action) -> bool {
    match action {
        Action::Http(_) | Action::Mcp(_) | Action::Run(_) | Action::Logs(_) => true,
        Action::Sql(sql) => !matches!(sql.act, SqlAct::Exec(_)),
        // A state is kept under its name, and a name that nobody reads is a finding of its own.
        Action::Stub(stub) => matches!(stub.act, StubAct::Requests(_)),
        action => action.effect() == Effect::Read,
    }
}

fn silent(step: &Step, diagnostics: &mut Diagnostics) {
    let judged =
        step.expect.is_some() || step.wait.is_some() || !step.capture.0.is_empty() || step.action.judges();
    if judged || !looks(&step.action) || diagnostics.lost_in(step.span) {
        return;
    }
    let message = format!("this `{}` is looked at by nobody: the step expects nothing", step.action.key());
    let finding = Diagnostic::lint(step.span, message).rule(Rule::WeakExpectation);
    diagnostics.push(finding.help("say what must hold: `expect: { … }`"));
}

fn status_alone(step: &Step, diagnostics: &mut Diagnostics) {
    let Action::Http(http) = &step.action else { return };
    let Some(expect) = &step.expect else { return };
    let [check] = expect.checks.as_slice() else { return };
    let only = check.facet == Facet::Status && step.wait.is_none() && step.capture.0.is_empty();
    if !only || is_without_body(http) || diagnostics.lost_in(step.span) {
        return;
    }
    if let Kind::Equals(TemplateValue::Number(status)) = &check.pattern.kind
        && WITHOUT_BODY.contains(&status.to_string().as_str())
    {
        return;
    }
    let finding =
        Diagnostic::lint(check.span, "a status alone: any body would do").rule(Rule::WeakExpectation);
    diagnostics
        .push(finding.help("say what the body is: `json: { … }`, `body: empty`, `text: { contains: … }`"));
}

fn is_without_body(http: &Http) -> bool {
    matches!(http.request.method, Method::Head | Method::Options)
}
