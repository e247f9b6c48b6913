//! Rules of single steps: what may be repeated, what can be observed, what a request may say.

use crate::replay::action::{EdgeChange, Effect, Feed, Http};
use crate::replay::{Action, Expectation, Facet, Step, Wait};
use crate::yaml::{Diagnostic, Diagnostics, Span};

/// Facets of a frame of a WebSocket or an event stream.
const FRAME_FACETS: &[Facet] = &[Facet::Json, Facet::Text, Facet::Event, Facet::Id, Facet::Closed];

/// Headers that belong to identities, in every topology.
const IDENTITY_HEADERS: [&str; 5] = ["authorization", "cookie", "host", "origin", "proxy-authorization"];

/// Checks one step by itself.
pub(super) fn step(step: &Step, diagnostics: &mut Diagnostics) {
    if let Some(wait) = &step.wait {
        waiting(step, wait, diagnostics);
    }
    let facets = step.action.facets();
    for expectation in expectations(step) {
        observable(expectation, facets, &format!("`{}`", step.action.key()), diagnostics);
    }
    captures(step, diagnostics);
    match &step.action {
        Action::Http(http) => request(http, diagnostics),
        Action::Ws(feed) | Action::Sse(feed) => frames(&step.action, feed, diagnostics),
        _ => {}
    }
}

/// Demands of a replay that scripts the edge that it says so.
pub(super) fn scripted_edge(steps: &[&Step], diagnostics: &mut Diagnostics) {
    for step in steps {
        if matches!(&step.action, Action::Edge(edge) if !matches!(edge.change, EdgeChange::Config(_))) {
            let message = "this step scripts the edge, which not every backend's edge allows";
            let help = format!("say `needs: [{}]`, so that it is skipped by name there", super::EDGE_RULES);
            diagnostics.push(Diagnostic::error(step.span, message).help(help));
        }
        for (_, inner) in step.action.inner() {
            scripted_edge(&inner.iter().collect::<Vec<_>>(), diagnostics);
        }
    }
}

/// Every expectation of a step about its own observation.
fn expectations(step: &Step) -> impl Iterator<Item = &Expectation> {
    let (first, second) = match &step.wait {
        None => (None, None),
        Some(Wait::Eventually(eventually)) => (eventually.until.as_ref(), eventually.abort_on.as_ref()),
        Some(Wait::Never(never)) => (never.that.as_ref(), None),
        Some(Wait::Stays(stays)) => (stays.that.as_ref(), None),
    };
    step.expect.iter().chain(first).chain(second)
}

fn waiting(step: &Step, wait: &Wait, diagnostics: &mut Diagnostics) {
    let (word, span, condition) = match wait {
        Wait::Eventually(eventually) => ("eventually", eventually.span, eventually.until.is_some()),
        Wait::Never(never) => ("never", never.span, never.that.is_some()),
        Wait::Stays(stays) => ("stays", stays.span, stays.that.is_some()),
    };
    let key = step.action.key();
    match step.action.effect() {
        Effect::Read => {}
        Effect::Write => {
            let message = format!("`{word}` would repeat an effect: this `{key}` changes something");
            let help = "reads may be repeated, effects never: wait in a step of its own that reads";
            diagnostics.push(Diagnostic::error(span, message).help(help));
        }
        Effect::Group => {
            let message = format!("`{word}` cannot repeat `{key}`");
            diagnostics.push(Diagnostic::error(span, message).help("wait in the steps inside"));
        }
    }
    if !condition && step.expect.is_none() && !diagnostics.lost_in(step.span) {
        diagnostics
            .push(Diagnostic::error(span, format!("`{word}` waits for nothing: say what is expected")));
    }
}

/// Whether an action can show what an expectation looks at.
fn observable(expectation: &Expectation, facets: &[Facet], what: &str, diagnostics: &mut Diagnostics) {
    for check in expectation.checks.iter().filter(|check| !facets.contains(&check.facet)) {
        let known: Vec<_> = facets.iter().map(|facet| facet.word()).collect();
        let message = match check.facet {
            Facet::Value => format!("{what} has no main value that this could be about"),
            facet => format!("{what} has no `{facet}`"),
        };
        let help = if known.is_empty() {
            "nothing can be expected here".to_owned()
        } else {
            format!("it has {}", known.join(", "))
        };
        diagnostics.push(Diagnostic::error(check.span, message).help(help));
    }
}

fn captures(step: &Step, diagnostics: &mut Diagnostics) {
    for capture in &step.capture.0 {
        let key = step.action.key();
        match capture.from {
            Some(facet) if !step.action.facets().contains(&facet) => {
                let message = format!("`{key}` has no `{facet}` to capture from");
                diagnostics.push(Diagnostic::error(capture.span, message));
            }
            None if step.action.main_facet().is_none() => {
                diagnostics.push(Diagnostic::error(capture.span, format!("`{key}` has nothing to capture")));
            }
            _ => {}
        }
    }
}

fn request(http: &Http, diagnostics: &mut Diagnostics) {
    if http.identity.is_none() && !http.is_absolute() {
        let message = "who sends this request? `as` is missing";
        diagnostics.push(Diagnostic::error(http.span, message));
    }
    header_names(http.headers.spanned().map(|(name, span, _)| (name, span)), diagnostics);
}

/// Headers that make a request somebody's are never written by hand.
fn header_names<'a>(names: impl Iterator<Item = (&'a str, Span)>, diagnostics: &mut Diagnostics) {
    for (name, span) in names.filter(|(name, _)| IDENTITY_HEADERS.contains(&name.to_lowercase().as_str())) {
        let message = format!("`{name}` belongs to an identity, not to a step");
        let help = "name the identity, with an argument if the header is to be wrong";
        diagnostics.push(Diagnostic::error(span, message).help(help));
    }
}

fn frames(action: &Action, feed: &Feed, diagnostics: &mut Diagnostics) {
    match feed {
        Feed::Sees(sees) => {
            for frame in &sees.frames {
                observable(frame, FRAME_FACETS, "a frame", diagnostics);
            }
        }
        Feed::NeverSees(never) => observable(&never.frame, FRAME_FACETS, "a frame", diagnostics),
        Feed::Open(open) => {
            header_names(open.headers.spanned().map(|(name, span, _)| (name, span)), diagnostics);
        }
        Feed::Send(send) if matches!(action, Action::Sse(_)) => {
            diagnostics.push(Diagnostic::error(send.span, "nothing can be sent on an event stream"));
        }
        Feed::Send(_) | Feed::Close(_) => {}
    }
}
