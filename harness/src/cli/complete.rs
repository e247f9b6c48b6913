//! What a shell completes beyond commands and options: names that only the project knows.
//!
//! The shell asks this program while a line is being typed, so that a replay written a minute ago is completed. It
//! only ever reads file names and the heads of files; a project that cannot be read completes nothing.

use std::collections::BTreeSet;
use std::ffi::OsStr;

use clap::CommandFactory as _;
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter as _,
};
use clap_complete::env::CompleteEnv;

use super::Cli;
use crate::project::Project;
use crate::runner::case::Case;
use crate::runner::{discover, runs};

/// Where a shell says that it asks, and which shell it is.
pub(super) const VARIABLE: &str = "HARNESS_COMPLETE";

/// Answers a shell that asks what could come next, and ends the program then.
pub fn answer_shell() {
    CompleteEnv::with_factory(Cli::command).var(VARIABLE).complete();
}

/// Names of cases as `--exact` takes them, and files.
pub(super) fn filters() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        // Rows of a matrix are chosen by the name of their replay.
        let mut found = beginning(typed, words(|case| word(case, 2)));
        found.extend(PathCompleter::file().complete(typed));
        found
    })
}

/// Tags; issues are tags, too.
pub(super) fn tags() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(words(|case| case.tags.iter().map(String::as_str).collect())))
}

/// Issues that replays close.
pub(super) fn issues() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        candidates(words(|case| case.tags.iter().filter_map(|tag| tag.strip_prefix('#')).collect()))
    })
}

/// Areas, corpora and families of goldens.
pub(super) fn areas() -> ArgValueCandidates {
    ArgValueCandidates::new(|| candidates(words(|case| word(case, 1))))
}

/// Runs that are kept, and files.
pub(super) fn past_runs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| {
        let kept = project().and_then(|project| runs::kept(&project).ok()).unwrap_or_default();
        let named = kept.iter().filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
        let last =
            (0..kept.len()).map(|back| if back == 0 { "last".to_owned() } else { format!("last~{back}") });
        let mut found = beginning(typed, last.chain(named).collect());
        found.extend(PathCompleter::file().complete(typed));
        found
    })
}

/// One of the words of a case's name.
fn word(case: &Case, position: usize) -> Vec<&str> {
    case.id.0.split("::").nth(position).into_iter().collect()
}

/// Words of every case, each once.
fn words(of: impl Fn(&Case) -> Vec<&str>) -> BTreeSet<String> {
    let cases = project().and_then(|project| discover::cases(&project).ok()).unwrap_or_default();
    cases.iter().flat_map(of).map(str::to_owned).collect()
}

fn project() -> Option<Project> {
    let named = std::env::var_os("HARNESS_PROJECT").map(std::path::PathBuf::from);
    super::project(named.as_deref()).ok()
}

fn candidates(words: BTreeSet<String>) -> Vec<CompletionCandidate> {
    words.into_iter().map(CompletionCandidate::new).collect()
}

fn beginning(typed: &OsStr, words: BTreeSet<String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    candidates(words.into_iter().filter(|word| word.starts_with(&*typed)).collect())
}
