//! `harness lint`: everything that can be said about the project's files without starting anything.

use std::path::PathBuf;

use harness_model::verdict::Exit;

use super::CliError;
use crate::lint::{self, Weight};
use crate::project::Project;

/// Checks replays, parts, topologies, corpora and the list of expected failures. Starts nothing.
///
/// All findings of all files are shown, with their places. Exits with 1 when one of them is an error or a lint.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness lint                                everything
  harness lint replays/a2a/x.yaml             one file
  harness lint --xfail-base origin/main       the list may not be longer than on the base branch")]
pub(super) struct Args {
    /// Only these files.
    files: Vec<PathBuf>,
    /// Compare the number of expected failures with that of this revision: it may not rise.
    #[arg(long, value_name = "REVISION")]
    xfail_base: Option<String>,
    /// The change carries the label that lets the list grow; the growth is then told, not refused.
    #[arg(long, requires = "xfail_base")]
    xfail_may_grow: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let mut report = lint::project(project).map_err(CliError::io("cannot read the project's folders"))?;
    if let Some(base) = &args.xfail_base {
        report.merge(lint::xfail_growth(project, base, args.xfail_may_grow)?);
    }
    let only: Vec<_> = args.files.iter().map(|file| project.shown(&absolute(file))).collect();
    let findings: Vec<_> =
        report.findings.iter().filter(|f| only.is_empty() || only.contains(&f.file)).collect();
    for finding in &findings {
        anstream::println!("{}", finding.text.trim_end());
    }
    let heavy = findings.iter().filter(|finding| finding.weight == Weight::Refused).count();
    let light = findings.len() - heavy;
    println!("lint: {} files, {heavy} findings, {light} warnings", report.files);
    Ok(if heavy == 0 { Exit::Green } else { Exit::Red })
}

fn absolute(file: &PathBuf) -> PathBuf {
    std::path::absolute(file).unwrap_or_else(|_| file.clone())
}
