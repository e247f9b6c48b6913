//! `harness list`: the names of the cases, and the page of all replays. Starts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use harness_model::replay::{Replay, parse_replay};
use harness_model::verdict::Exit;
use harness_model::yaml::Source;

use super::CliError;
use super::choose::Choose;
use crate::outln;
use crate::project::Project;
use crate::report::log::write_file;
use crate::runner::case::Subject;
use crate::runner::{discover, page};

/// Lists the cases: replays with the rows of their matrix, corpus entries, goldens.
///
/// Starts nothing and judges nothing. The names are those that `harness run`, `cargo test` and nextest take.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness list                    every case
  harness list isolation          cases with `isolation` in their name
  harness list --tag canary       cases with a tag
  harness list --page docs/replays.md
                                  writes what every replay closes and proves; --check only compares")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    /// Write the page of all replays instead.
    #[arg(long, value_name = "PAGE")]
    page: Option<PathBuf>,
    /// Exit with 1 when the page is stale, and write nothing.
    #[arg(long, requires = "page")]
    check: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    if let Some(path) = &args.page {
        return write_page(path, args.check, project);
    }
    let chosen = args.choose.cases(project)?;
    chosen.cases.iter().for_each(|case| outln!("{}", case.id));
    Ok(Exit::Green)
}

fn write_page(path: &Path, check: bool, project: &Project) -> Result<Exit, CliError> {
    let fresh = page::page(&replays(project)?);
    if std::fs::read_to_string(path).is_ok_and(|stored| stored == fresh) {
        outln!("{} is fresh", path.display());
        return Ok(Exit::Green);
    }
    if check {
        outln!("{0} is stale: `harness list --page {0}` writes it", path.display());
        return Ok(Exit::Red);
    }
    write_file(path, &fresh).map_err(CliError::io(format!("cannot write {}", path.display())))?;
    outln!("wrote {}", path.display());
    Ok(Exit::Green)
}

/// The replays that can be read; what is wrong with the others is the lint's to say.
fn replays(project: &Project) -> Result<BTreeMap<String, Replay>, CliError> {
    let cases = discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?;
    let own = cases.into_iter().filter(|case| matches!(case.subject, Subject::Replay { .. }));
    let files: BTreeSet<PathBuf> = own.map(|case| case.file).collect();
    let read = files.iter().filter_map(|file| {
        let (shown, text) = (project.shown(file), std::fs::read_to_string(file).ok()?);
        let (replay, _) = parse_replay(&Source::new(shown.clone(), text));
        Some((shown, replay?))
    });
    Ok(read.collect())
}
