//! `harness watch`: runs again what a changed file stands behind.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use harness_model::verdict::Exit;
use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::CliError;
use super::choose::Choose;
use crate::project::Project;
use crate::report::style;
use crate::runner::affected::{Affected, affected};
use crate::runner::case::Case;
use crate::{errln, out, outln};

/// An editor writes a file in several strokes: a change is over when nothing moved for so long.
const QUIET: Duration = Duration::from_millis(150);

/// Folders whose files stand behind cases.
const WATCHED: [&str; 6] = ["replays", "corpus", "fixtures", "server", "cp-stub", "harness"];

/// Runs the chosen cases, then waits: whenever a file is saved, what it stands behind runs again.
///
/// A replay runs when it is saved, a part all replays that use it, a topology all its replays, a source of the server
/// everything chosen. Ends with Ctrl-C.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness watch                   everything
  harness watch tenant-isolation  this replay, whenever it or a file behind it changes
  harness watch --waiting         nothing until a file changes")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    /// Do not begin with a run.
    #[arg(long)]
    waiting: bool,
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let (sender, mut changes) = unbounded_channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        for path in event.into_iter().filter(|event| is_change(event.kind)).flat_map(|event| event.paths) {
            // Nobody listens any more when the command ends.
            drop(sender.send(path));
        }
    })
    .map_err(|error| cannot_watch(&error))?;
    for folder in WATCHED.map(|folder| project.root().join(folder)).iter().filter(|folder| folder.is_dir()) {
        watcher.watch(folder, RecursiveMode::Recursive).map_err(|error| cannot_watch(&error))?;
    }
    if !args.waiting {
        judge(project, &args.choose.cases(project)?.cases).await?;
    }
    loop {
        outln!("{}", style::dim("waiting for a change; Ctrl-C ends"));
        // A watch is for whoever looks on.
        if out::is_unread() {
            return Ok(Exit::Green);
        }
        let changed = tokio::select! {
            changed = settled(&mut changes) => changed,
            _ = tokio::signal::ctrl_c() => return Ok(Exit::Green),
        };
        // A file that was just written may not be readable yet, or names nothing any more: that is told, and the
        // watch goes on.
        match args.choose.cases(project) {
            Ok(chosen) => judge(project, &behind(project, chosen.cases, &changed)).await?,
            Err(error) => errln!("{:?}", miette::Report::new(error)),
        }
    }
}

fn cannot_watch(error: &notify::Error) -> CliError {
    CliError::usage(
        format!("cannot watch the project: {error}"),
        "raise the machine's limit of watched files",
    )
}

/// Looking at a file is no change.
fn is_change(kind: EventKind) -> bool {
    matches!(kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_))
}

/// The files of one change, once nothing moves any more.
async fn settled(changes: &mut UnboundedReceiver<PathBuf>) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::new();
    files.extend(changes.recv().await);
    while let Ok(Some(file)) = tokio::time::timeout(QUIET, changes.recv()).await {
        files.insert(file);
    }
    files
}

/// The chosen cases that the changed files stand behind.
fn behind(project: &Project, cases: Vec<Case>, changed: &BTreeSet<PathBuf>) -> Vec<Case> {
    let mut wanted = BTreeSet::new();
    for file in changed.iter().filter(|file| is_written_by_people(file)) {
        match affected(project, &cases, file) {
            Affected::Everything => wanted.extend(0..cases.len()),
            Affected::Cases(found) => wanted.extend(found),
            Affected::Nothing => {}
        }
    }
    cases.into_iter().enumerate().filter(|(at, _)| wanted.contains(at)).map(|(_, case)| case).collect()
}

/// Not an editor's own file, nor what a run leaves for a look.
fn is_written_by_people(file: &Path) -> bool {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    !(name.starts_with('.') || name.ends_with('~') || name.ends_with(".new"))
}

/// Runs the cases as `harness run` does, in a process of its own: what one run leaves in memory, the next never sees.
async fn judge(project: &Project, cases: &[Case]) -> Result<(), CliError> {
    if cases.is_empty() {
        return Ok(());
    }
    let program = std::env::current_exe().map_err(CliError::io("cannot find the harness's own program"))?;
    let mut command = tokio::process::Command::new(program);
    command.arg("--project").arg(project.root()).args(["run", "--exact"]);
    command.args(cases.iter().map(|case| case.id.0.as_str()));
    command.status().await.map_err(CliError::io("cannot run the harness"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_editor_or_a_run_leaves_is_no_change() {
        for (file, is) in
            [("x.yaml", true), (".x.yaml.swp", false), ("x.yaml~", false), ("a.snap.new", false)]
        {
            assert_eq!(is_written_by_people(Path::new(file)), is, "{file}");
        }
    }
}
