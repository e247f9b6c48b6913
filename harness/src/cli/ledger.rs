//! `harness ledger`: what the project promises, and which promises have a check.

use std::fmt::Write as _;
use std::path::PathBuf;

use harness_model::verdict::Exit;
use harness_model::yaml::Style;

use super::CliError;
use crate::ledger::{AreaFigures, Figures, Ledger, Passed, RowFigures};
use crate::project::Project;
use crate::report::style;
use crate::runner::discover;
use crate::{errln, out};

/// Counts the promises of replays/ledger/: rows, rows with a check, rows whose checks passed, rows without one.
///
/// A replay cites rows in its `ledger:` list; a Rust test in its doc comment, `/// Ledger: EDGE-01, EDGE-02.`
/// Exits with 1 when a check cites a row that is not there.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness ledger                          the figures by area
  harness ledger --uncovered              the promises that nothing checks
  harness ledger --area EDGE --rows       one area, row by row, with the checks of each
  harness ledger --against-run .harness/runs/r-….jsonl --against-run target/nextest/default/junit.xml
                                          what passed: replays from a run's log, Rust tests from JUnit
  harness ledger --json                   for programs")]
pub(super) struct Args {
    /// Only these areas, as in EDGE.
    #[arg(long = "area", value_name = "AREA")]
    areas: Vec<String>,
    /// List the rows that no check cites.
    #[arg(long)]
    uncovered: bool,
    /// List every row with its checks.
    #[arg(long, conflicts_with = "uncovered")]
    rows: bool,
    /// Count what passed in this run: a run's log, or a JUnit file (.xml) of nextest or libtest. Several add up.
    #[arg(long, value_name = "FILE")]
    against_run: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let cases = discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?;
    let ledger = Ledger::read(project, &cases).map_err(CliError::io("cannot read the ledger"))?;
    let passed = passed(&args.against_run)?;
    let mut figures = Figures::of(&ledger, passed.as_ref());
    if let Some(unknown) = args.areas.iter().find(|area| !figures.areas.iter().any(|f| f.area == **area)) {
        let known: Vec<_> = figures.areas.iter().map(|figures| figures.area.as_str()).collect();
        let fix = format!("areas: {}", known.join(", "));
        return Err(CliError::usage(format!("the ledger has no area `{unknown}`"), fix));
    }
    if !args.areas.is_empty() {
        figures.areas.retain(|area| args.areas.contains(&area.area));
        figures.rows.retain(|row| args.areas.contains(&row.area));
        figures.total = figures.areas.iter().fold(AreaFigures::named("all"), AreaFigures::plus);
    }
    let text = if args.json {
        serde_json::to_string_pretty(&figures).unwrap_or_default() + "\n"
    } else {
        page(&figures, args)
    };
    out!("{text}");
    for diagnostics in &ledger.findings {
        errln!("{}", diagnostics.render(Style::Coloured).trim_end());
    }
    let sound = !ledger.findings.iter().any(harness_model::yaml::Diagnostics::has_errors);
    Ok(if sound { Exit::Green } else { Exit::Red })
}

fn passed(files: &[PathBuf]) -> Result<Option<Passed>, CliError> {
    let mut passed = Passed::default();
    for file in files {
        let fix = "name the log of a run (.harness/runs/….jsonl) or a JUnit file (….xml)";
        passed.add(file).map_err(|error| CliError::usage(error.to_string(), fix))?;
    }
    Ok((!files.is_empty()).then_some(passed))
}

fn page(figures: &Figures, args: &Args) -> String {
    let mut text = table(figures);
    let listed = figures.rows.iter().filter(|row| args.rows || (args.uncovered && row.checks.is_empty()));
    for row in listed {
        text += &entry(row);
    }
    text
}

fn table(figures: &Figures) -> String {
    let mut text = style::heading("area     rows  covered  passing  uncovered") + "\n";
    for area in figures.areas.iter().chain([&figures.total]) {
        let passing = if figures.judged { area.passing.to_string() } else { "-".to_owned() };
        let AreaFigures { area, rows, covered, uncovered, .. } = area;
        let _ = writeln!(text, "{area:<6} {rows:>6} {covered:>8} {passing:>8} {uncovered:>10}");
    }
    if !figures.judged {
        text += &(style::dim("passing is counted against a run: --against-run FILE") + "\n");
    }
    text
}

fn entry(row: &RowFigures) -> String {
    let mut text =
        format!("\n{}  {}  {}\n", row.id, row.title, style::dim(&format!("{} {}", row.level, row.at)));
    for check in &row.checks {
        let mark = match check.passed {
            Some(true) => "passed",
            Some(false) => "FAILED",
            None => "      ",
        };
        let _ = writeln!(text, "    {mark} {}  {}", check.name, style::dim(&check.at));
    }
    text
}
