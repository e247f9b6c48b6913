//! `harness show`: a run that is over, as any report tells it, from its log alone.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use harness_model::verdict::Exit;

use super::past::{Past, draw};
use super::{CliError, complete};
use crate::project::Project;
use crate::report::target::{Kind, Target};
use crate::report::{style, terminal};
use crate::runner::runs;
use crate::timemachine::glance::Glance;
use crate::{errln, outln};

/// Prints a run that is over, or writes any report of it, from its log alone.
///
/// Nothing is judged and nothing starts: the verdicts are those of the run, and showing a red run is no failure.
/// `harness judge` gives today's verdicts.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness show                                  the last run, as it was told on the terminal
  harness show last~1 --report html=out/run.html
                                                the page of the run before it
  harness show out/ci.jsonl --open              the page of a log from elsewhere, in the browser
  harness show --list                           the runs that are kept")]
pub(super) struct Args {
    /// `last`, `last~1`, the name of a kept run, or a log file.
    #[arg(value_name = "RUN", default_value = "last", add = complete::past_runs())]
    run: String,
    /// Reports to write instead, as `harness run` takes them; their paths are printed.
    #[arg(long, value_name = "KIND=PATH", value_delimiter = ',')]
    report: Vec<Target>,
    /// Open the page in the browser; without `--report html=PATH` it is written beside the log.
    #[arg(long)]
    open: bool,
    /// List the runs that are kept, the last one first.
    #[arg(long, exclusive = true)]
    list: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    if args.list {
        return list(project);
    }
    let past = Past::open(project, &args.run)?;
    let mut targets = args.report.clone();
    if args.open && page(&targets).is_none() {
        // The folder that goes with the log when that is not kept any more.
        targets.push(Target { kind: Kind::Html, path: past.path.with_extension("").join("report.html") });
    }
    if targets.is_empty() {
        draw(&past.events, vec![Box::new(terminal::stdout())])?;
    }
    draw(&past.events, targets.iter().map(Target::open).collect())?;
    targets.iter().for_each(|target| outln!("{}", project.shown(&target.path)));
    match page(&targets).filter(|_| args.open) {
        Some(page) => open(&page.path),
        None => Ok(Exit::Green),
    }
}

fn page(targets: &[Target]) -> Option<&Target> {
    targets.iter().find(|target| target.kind == Kind::Html)
}

fn list(project: &Project) -> Result<Exit, CliError> {
    let kept = runs::kept(project).map_err(CliError::io("cannot read the folder of the kept runs"))?;
    for (back, path) in kept.iter().rev().enumerate() {
        let what = format!("cannot read the log {}", project.shown(path));
        let glance = Glance::at(path).map_err(CliError::io(what))?;
        let called = if back == 0 { "last".to_owned() } else { format!("last~{back}") };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        outln!("{called:<8} {name}  {glance}");
    }
    if kept.is_empty() {
        errln!("no run is kept here: run something first, harness run");
    }
    Ok(Exit::Green)
}

/// Opens a page where there is a browser. Without one the path has been printed, which is all that can be done.
fn open(page: &Path) -> Result<Exit, CliError> {
    let Some(browser) = browser(|name| std::env::var_os(name).filter(|value| !value.is_empty())) else {
        errln!("{}", style::dim("no browser here: set BROWSER, or open the page where there is one"));
        return Ok(Exit::Green);
    };
    let what = format!("cannot start the browser `{}`", browser.display());
    let ended = Command::new(&browser).arg(page).status().map_err(CliError::io(what))?;
    if ended.success() {
        return Ok(Exit::Green);
    }
    let what = format!("the browser `{}` ended with {ended}", browser.display());
    Err(CliError::usage(what, format!("set BROWSER, or open {} yourself", page.display())))
}

/// The program that opens a page: `BROWSER`, or what the desktop has where there is a desktop.
fn browser(var: impl Fn(&str) -> Option<OsString>) -> Option<OsString> {
    if let Some(named) = var("BROWSER") {
        return Some(named);
    }
    if cfg!(target_os = "macos") {
        return Some("open".into());
    }
    let has_desktop = var("DISPLAY").or_else(|| var("WAYLAND_DISPLAY")).is_some();
    has_desktop.then(|| "xdg-open".into())
}
