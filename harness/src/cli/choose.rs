//! The arguments that choose cases, shared by every command that takes some.

use std::collections::BTreeSet;
use std::path::PathBuf;

use harness_model::verdict::CaseId;

use super::past::Past;
use super::{CliError, complete};
use crate::project::Project;
use crate::report::view::{CaseView, RunView};
use crate::runner::affected::{Affected, affected};
use crate::runner::case::Case;
use crate::runner::discover;
use crate::runner::select::{Choosable as _, Filter};

/// Which cases.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Choose {
    /// Parts of case names, or files: a case runs when one of them occurs in its name, or when it reads the file.
    ///
    /// A file may be followed by a line, as editors and failures write it: `replays/a2a/x.yaml:14`.
    #[arg(value_name = "FILTER", add = complete::filters())]
    filters: Vec<String>,
    /// Take FILTER as a whole name: `tenant-isolation`, or `replay::isolation::tenant-isolation`.
    #[arg(long)]
    exact: bool,
    /// Only cases with this tag; give it several times for any of them.
    #[arg(long = "tag", value_name = "TAG", add = complete::tags())]
    tags: Vec<String>,
    /// Only cases of this area, corpus or golden family.
    #[arg(long = "area", value_name = "AREA", add = complete::areas())]
    areas: Vec<String>,
    /// Only replays that close this issue, as in 2863 or `#2863`.
    #[arg(long = "closes", value_name = "ISSUE", add = complete::issues())]
    closes: Vec<String>,
    /// Only the cases that were not green in the last run.
    #[arg(long)]
    last_failed: bool,
}

/// The cases that were chosen, and how many were not.
pub(super) struct Chosen {
    pub(super) cases: Vec<Case>,
    pub(super) left_out: usize,
}

impl Choose {
    /// The filter that the arguments make.
    pub(super) fn filter(&self) -> Filter {
        Filter {
            names: self.filters.iter().filter(|filter| file_of(filter).is_none()).cloned().collect(),
            exact: self.exact,
            tags: self.tags.iter().cloned().chain(self.closes.iter().map(|issue| issue_tag(issue))).collect(),
            areas: self.areas.clone(),
        }
    }

    /// The chosen cases of a project. Choosing none is an error: a run of nothing must not look green.
    pub(super) fn cases(&self, project: &Project) -> Result<Chosen, CliError> {
        let all = discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?;
        let total = all.len();
        let filter = self.filter();
        let names: Vec<_> = all.iter().map(|case| case.id().0.clone()).collect();
        let behind_files = self.behind_files(project, &all)?;
        let failed = if self.last_failed { Some(last_failed(project)?) } else { None };
        // Names and files are two ways to say one thing: either is enough.
        let only_files = filter.names.is_empty();
        let cases: Vec<_> = all
            .into_iter()
            .enumerate()
            .filter(|(at, case)| match &behind_files {
                Some(behind) if behind.contains(at) => {
                    Filter { names: Vec::new(), ..filter.clone() }.wants(case)
                }
                Some(_) if only_files => false,
                _ => filter.wants(case),
            })
            .map(|(_, case)| case)
            .filter(|case| failed.as_ref().is_none_or(|failed| failed.contains(case.id())))
            .collect();
        if cases.is_empty() {
            return Err(self.nothing(&names));
        }
        Ok(Chosen { left_out: total - cases.len(), cases })
    }

    /// The positions of the cases that read one of the files; none when no file was named.
    fn behind_files(&self, project: &Project, cases: &[Case]) -> Result<Option<BTreeSet<usize>>, CliError> {
        let mut behind: Option<BTreeSet<usize>> = None;
        for (file, line) in self.filters.iter().filter_map(|filter| file_of(filter)) {
            let path = found(project, &file)?;
            let lines = std::fs::read_to_string(&path).map(|text| text.lines().count()).unwrap_or_default();
            if line.is_some_and(|line| line > lines) {
                let what = format!("{} has {lines} lines", project.shown(&path));
                return Err(CliError::usage(what, "name a line of the file, or the file alone"));
            }
            let of_file = behind.get_or_insert_default();
            match affected(project, cases, &path) {
                Affected::Everything => of_file.extend(0..cases.len()),
                Affected::Cases(found) => of_file.extend(found),
                Affected::Nothing => {
                    let what = format!("no case reads {}", project.shown(&path));
                    return Err(CliError::usage(
                        what,
                        "name a replay, a part, a topology or an entry of a corpus",
                    ));
                }
            }
        }
        Ok(behind)
    }

    fn nothing(&self, names: &[String]) -> CliError {
        if names.is_empty() {
            return CliError::usage("the project has no cases", "write one: harness new NAME");
        }
        let wanted = self.filters.first().map_or("", String::as_str);
        let near = nearest(wanted, names).map(|name| format!("did you mean `{name}`? "));
        let what = if self.filters.is_empty() {
            "no case has this tag, area or issue, or failed in the last run".to_owned()
        } else {
            format!("no case is named `{}`", self.filters.join("` or `"))
        };
        CliError::usage(
            what,
            format!("{}`harness list` shows all {} cases", near.unwrap_or_default(), names.len()),
        )
    }
}

/// A filter that is a file, and the line behind it.
fn file_of(filter: &str) -> Option<(String, Option<usize>)> {
    let (file, line) = match filter.rsplit_once(':') {
        Some((file, line)) if !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit()) => {
            (file, line.parse().ok())
        }
        _ => (filter, None),
    };
    let is_file = [".yaml", ".yml", ".json"].iter().any(|end| file.ends_with(end));
    is_file.then(|| (file.to_owned(), line))
}

/// The file as people write it: from where they are, or from the project's root.
fn found(project: &Project, file: &str) -> Result<PathBuf, CliError> {
    let here = std::path::absolute(file).unwrap_or_else(|_| PathBuf::from(file));
    let root = std::path::absolute(project.root()).unwrap_or_else(|_| project.root().to_owned());
    let below = |path: &PathBuf| path.strip_prefix(&root).ok().map(|inside| project.root().join(inside));
    let known =
        [here, root.join(file)].into_iter().filter(|path| path.is_file()).find_map(|path| below(&path));
    known.ok_or_else(|| {
        let fix = format!("files are named from here or from {}", project.root().display());
        CliError::usage(format!("there is no file {file} in the project"), fix)
    })
}

fn issue_tag(issue: &str) -> String {
    let is_number = !issue.is_empty() && issue.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { format!("#{issue}") } else { issue.to_owned() }
}

/// The cases that were not green in the last run; one that was cut off was not green, either.
fn last_failed(project: &Project) -> Result<BTreeSet<CaseId>, CliError> {
    let past = Past::open(project, "last")?;
    let red = RunView::of(&past.events).cases.into_iter().filter(CaseView::is_red);
    let failed: BTreeSet<_> = red.map(|case| case.id).collect();
    if failed.is_empty() {
        let what = format!("everything was green in the last run, {}", project.shown(&past.path));
        return Err(CliError::usage(what, "run without --last-failed"));
    }
    Ok(failed)
}

/// The known case whose own name is nearest to what was typed.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let own = |name: &'a str| name.splitn(3, "::").nth(2).unwrap_or(name);
    let score =
        |name: &'a str| strsim::jaro_winkler(wanted, own(name)).max(strsim::jaro_winkler(wanted, name));
    let scored = names.iter().map(|name| (score(name), name.as_str()));
    scored.filter(|(score, _)| *score > 0.75).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_file_when_it_ends_like_one() {
        let file = |filter: &str| file_of(filter).map(|(file, line)| (file, line.unwrap_or_default()));
        assert_eq!(file("replays/a/x.yaml"), Some(("replays/a/x.yaml".into(), 0)));
        assert_eq!(file("x.yaml:14"), Some(("x.yaml".into(), 14)));
        for name in ["tenant-isolation", "replay::a::x", "yaml", "x:14"] {
            assert_eq!(file(name), None, "{name}");
        }
    }

    #[test]
    fn a_wrong_name_is_told_with_the_one_that_was_meant() {
        let choose = Choose { filters: vec!["tenant-isolaton".into()], ..Choose::default() };
        let names = ["replay::a2a::chat".to_owned(), "replay::isolation::tenant-isolation".to_owned()];
        let text = format!("{:?}", miette::Report::new(choose.nothing(&names)));
        assert!(text.contains("no case is named `tenant-isolaton`"), "{text}");
        assert!(text.contains("tenant-isolation"), "{text}");
        assert_eq!(choose.nothing(&names).exit().code(), 2);
    }
}
