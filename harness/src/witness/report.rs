//! What a person reads of the trials: a line for each, and for each that proves nothing why.

use std::time::Duration;

use harness_model::verdict::Verdict;
use owo_colors::{OwoColorize as _, Style};

use super::plan::Plan;
use super::run::{Proven, Shown, Told};
use super::weigh::Proof;
use crate::report::{failure, style};

/// The line of a trial, and what is wrong below it.
#[must_use]
pub fn told(told: &Told) -> String {
    let (word, colour, below) = match &told.shown {
        Shown::Without(verdict, because) => without(told, *verdict, because),
        Shown::With(proof) => with(told, proof),
    };
    let name = told.trial.witness().map_or("without the bug", |witness| witness.name.as_str());
    let word = format!("{word:>12}").style(colour.bold()).to_string();
    let took = style::dim(&style::seconds(told.took_ms));
    let mut text = format!("{word} {took} {} {} {name}", told.trial.case.id, style::dim("·"));
    if !below.is_empty() {
        text += "\n";
        text += below.trim_end();
    }
    text
}

type Line = (&'static str, Style, String);

fn without(told: &Told, verdict: Verdict, because: &str) -> Line {
    let see = format!("             see: cargo harness run --exact '{}'", told.trial.case.id);
    match verdict {
        Verdict::Passed => ("green", Style::new().green(), String::new()),
        Verdict::Skipped => ("SKIPPED", Style::new().yellow(), format!("             {because}")),
        other => {
            let text = format!(
                "             the replay is {} without any bug, so that its witnesses prove nothing: {because}\n{see}",
                other.word()
            );
            ("NOT GREEN", Style::new().red(), text)
        }
    }
}

fn with(told: &Told, proof: &Proof) -> Line {
    let again = format!("cargo harness witness --exact '{}'", told.trial.case.id);
    let red_at = told.trial.witness().map_or("", |witness| witness.red_at.as_str());
    match proof {
        Proof::Proven => ("red", Style::new().green(), String::new()),
        Proof::StayedGreen => (
            "STAYED GREEN",
            Style::new().red(),
            format!(
                "             the bug was there and no step noticed it; `{red_at}` should have. Either the step \
                 checks too little, or the bug was not brought back\n             reproduce: {again}"
            ),
        ),
        Proof::Elsewhere { what, step, failure } => {
            let step = step.as_ref().map(ToString::to_string);
            let shown = failure::render(failure, step.as_deref(), &again);
            ("RED ELSEWHERE", Style::new().red(), format!("             {what}\n{shown}"))
        }
        Proof::BrokeTheWorld { step, failure } => {
            let step = step.as_ref().map(ToString::to_string);
            let shown = failure::render(failure, step.as_deref(), &again);
            ("BROKE", Style::new().magenta(), format!("             nothing could be judged\n{shown}"))
        }
        Proof::NotHere(missing) => {
            let missing: Vec<_> =
                missing.iter().map(|it| format!("{}: {}", it.capability, it.reason)).collect();
            ("SKIPPED", Style::new().yellow(), format!("             {}", missing.join("; ")))
        }
    }
}

/// What is wrong before anything is run.
#[must_use]
pub fn beforehand(plan: &Plan) -> Vec<String> {
    let red = |word: &str| format!("{word:>12}").style(Style::new().red().bold()).to_string();
    let unwitnessed = plan.unwitnessed.iter().map(|case| {
        let why = "nobody has seen it red: add `witness:` with a way to bring the bug back";
        format!("{}           {case}\n             {why}", red("NO WITNESS"))
    });
    let unreadable = plan
        .unreadable
        .iter()
        .map(|(case, findings)| format!("{}           {case}\n{findings}", red("UNREADABLE")));
    unwitnessed.chain(unreadable).collect()
}

/// The last lines.
#[must_use]
pub fn summary(sum: &Proven, cases: usize, took: Duration) -> String {
    let (proven, bugs) = (sum.proven, sum.bugs);
    let mut text = format!("Witness summary: {proven} of {bugs} bugs seen red, in {cases} cases");
    if !sum.not_here.is_empty() {
        text += &format!(", {} not tried here", sum.not_here.len());
    }
    let took = style::seconds(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
    text = format!("{}  {}", style::heading(&text), style::dim(took.trim()));
    for leftover in &sum.leftovers {
        text += &format!("\nleft over: {leftover}");
    }
    text
}
