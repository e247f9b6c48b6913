//! `harness diff`: what changed between two runs.

use harness_model::verdict::Exit;

use super::past::Past;
use super::{CliError, complete};
use crate::project::Project;
use crate::report::style;
use crate::report::view::RunView;
use crate::timemachine::diff::{Change, Diff, Kind};
use crate::{out, outln};

/// Says what changed between two runs: cases that turned red or green, that came or went, that fail elsewhere.
///
/// With `--verdicts` the verdict lists alone are compared, and any difference is red: that is how a run in
/// containers is held to the same verdicts as a run of processes. A case that one of two backends skips for a
/// capability that it declares missing is listed, and is no difference where the other backend has it green.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness diff                                  the last run against the one before
  harness diff last~2 last                      any two runs that are kept
  harness diff out/process.jsonl out/docker.jsonl --verdicts
                                                red when any verdict differs

Exit codes:
  0  told; with --verdicts: the verdict lists are the same
  1  with --verdicts: a verdict differs, a case is in one run only, or a case has no verdict
  2  there is no such run, or a run holds no case")]
pub(super) struct Args {
    /// The earlier run: `last`, `last~1`, the name of a kept run, or a log file.
    #[arg(value_name = "THEN", default_value = "last~1", add = complete::past_runs())]
    then: String,
    /// The later run.
    #[arg(value_name = "NOW", default_value = "last", add = complete::past_runs())]
    now: String,
    /// Compare the verdict lists alone, and fail when they differ.
    #[arg(long)]
    verdicts: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let (then, now) = (view(project, &args.then)?, view(project, &args.now)?);
    let diff = Diff::of(&then, &now);
    outln!("{} -> {}", title(&then), title(&now));
    if !args.verdicts {
        diff.run.iter().for_each(|line| outln!("{line}"));
    }
    let told: Vec<_> =
        diff.cases.iter().filter(|change| !args.verdicts || change.kind.is_about_verdicts()).collect();
    told.iter().for_each(|change| out!("{}", entry(change)));
    let differ = told.iter().filter(|change| change.kind.is_difference()).count();
    outln!("{} of {} cases differ{}", differ, diff.of_all, listed(&told));
    Ok(if args.verdicts && differ > 0 { Exit::Red } else { Exit::Green })
}

fn view(project: &Project, named: &str) -> Result<RunView, CliError> {
    let past = Past::open(project, named)?;
    let view = RunView::of(&past.events);
    if view.cases.is_empty() {
        let what = format!("{} holds no case", project.shown(&past.path));
        return Err(CliError::usage(what, "`harness show --list` tells what every kept run holds"));
    }
    Ok(view)
}

fn title(view: &RunView) -> String {
    match &view.started {
        Some(started) => {
            format!("{} ({}, {} cases)", started.run, started.backend, view.cases.len())
        }
        None => format!("a log without its beginning ({} cases)", view.cases.len()),
    }
}

fn entry(change: &Change) -> String {
    let word = format!("{:<14}", change.kind.word());
    let word = match change.kind {
        Kind::NewlyRed | Kind::NoVerdict => style::actual(&word),
        Kind::NewlyGreen => style::expected(&word),
        _ => style::heading(&word),
    };
    let mut text = format!("{word} {}  {}\n", change.case, style::dim(&change.verdicts()));
    for (when, why) in [("then", &change.then_because), ("now", &change.now_because)] {
        for line in why.iter().flat_map(|why| why.lines()) {
            text += &format!("    {when:<4}  {}\n", style::dim(line));
        }
    }
    text
}

fn listed(told: &[&Change]) -> String {
    let count = |kind: Kind| told.iter().filter(|change| change.kind == kind).count();
    let words = Kind::ALL.into_iter().filter(|kind| count(*kind) > 0);
    let words: Vec<_> = words.map(|kind| format!("{} {}", count(kind), kind.word())).collect();
    if words.is_empty() { String::new() } else { format!(": {}", words.join(", ")) }
}
