//! `harness lint`: everything that can be said about the project's files without starting anything.

use std::path::PathBuf;

use harness_model::rule::Rule;
use harness_model::verdict::Exit;

use super::CliError;
use crate::lint::{self, Report, Weight};
use crate::outln;
use crate::project::Project;

/// Checks replays, parts, topologies, corpora and the list of expected failures. Starts nothing.
///
/// All findings of all files are shown, with their places. Exits with 1 when one of them is an error or a lint.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness lint                                everything
  harness lint replays/a2a/x.yaml             one file
  harness lint --rules                        the rules, by name
  harness lint --json                         for programs
  harness lint --xfail-base origin/main       the list may not be longer than on the base branch")]
pub(super) struct Args {
    /// Only these files.
    files: Vec<PathBuf>,
    /// Compare the number of expected failures with that of this revision, or of this file: it may not rise.
    #[arg(long, value_name = "REVISION")]
    xfail_base: Option<String>,
    /// The change carries the label that lets the list grow; the growth is then told, not refused.
    #[arg(long, requires = "xfail_base")]
    xfail_may_grow: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// List the rules by name, and check nothing.
    #[arg(long, exclusive = true)]
    rules: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    if args.rules {
        let width = Rule::WORDS.iter().map(|word| word.len()).max().unwrap_or_default();
        Rule::ALL.iter().for_each(|rule| outln!("{:width$}  {}", rule.word(), rule.about()));
        return Ok(Exit::Green);
    }
    let report = findings(args, project)?;
    let heavy = report.findings.iter().filter(|finding| finding.weight == Weight::Refused).count();
    if args.json {
        outln!("{}", serde_json::to_string_pretty(&report).unwrap_or_default());
    } else {
        report.findings.iter().for_each(|finding| outln!("{}", finding.text.trim_end()));
        let light = report.findings.len() - heavy;
        outln!("lint: {} files, {heavy} findings, {light} warnings", report.files.len());
    }
    Ok(if heavy == 0 { Exit::Green } else { Exit::Red })
}

fn findings(args: &Args, project: &Project) -> Result<Report, CliError> {
    let mut report = lint::project(project).map_err(CliError::io("cannot read the project's folders"))?;
    if let Some(base) = &args.xfail_base {
        report.merge(lint::xfail_growth(project, base, args.xfail_may_grow)?);
    }
    let only: Vec<_> = args.files.iter().map(|file| project.shown(&absolute(file))).collect();
    if !only.is_empty() {
        report.findings.retain(|finding| only.contains(&finding.file));
    }
    Ok(report)
}

fn absolute(file: &PathBuf) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.clone())
}
