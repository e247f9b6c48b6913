//! The arguments that choose cases, shared by every command that takes some.

use super::CliError;
use crate::project::Project;
use crate::runner::case::Case;
use crate::runner::discover;
use crate::runner::select::{Choosable as _, Filter};

/// Which cases.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct Choose {
    /// Parts of case names; a case runs when one of them occurs in its name.
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Take FILTER as a whole name: `tenant-isolation`, or `replay::isolation::tenant-isolation`.
    #[arg(long)]
    exact: bool,
    /// Only cases with this tag; give it several times for any of them.
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,
    /// Only cases of this area, corpus or golden family.
    #[arg(long = "area", value_name = "AREA")]
    areas: Vec<String>,
}

/// The cases that were chosen, and how many were not.
pub(super) struct Chosen {
    pub(super) cases: Vec<Case>,
    pub(super) left_out: usize,
}

impl Choose {
    fn filter(&self) -> Filter {
        Filter {
            names: self.filters.clone(),
            exact: self.exact,
            tags: self.tags.clone(),
            areas: self.areas.clone(),
        }
    }

    /// The chosen cases of a project. Choosing none is an error: a run of nothing must not look green.
    pub(super) fn cases(&self, project: &Project) -> Result<Chosen, CliError> {
        let all = discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?;
        let total = all.len();
        let filter = self.filter();
        let names: Vec<_> = all.iter().map(|case| case.id().0.clone()).collect();
        let cases: Vec<_> = all.into_iter().filter(|case| filter.wants(case)).collect();
        if cases.is_empty() {
            return Err(self.nothing(&names));
        }
        Ok(Chosen { left_out: total - cases.len(), cases })
    }

    fn nothing(&self, names: &[String]) -> CliError {
        if names.is_empty() {
            return CliError::usage("the project has no cases", "write one: harness new NAME");
        }
        let wanted = self.filters.first().map_or("", String::as_str);
        let near = nearest(wanted, names).map(|name| format!("did you mean `{name}`? "));
        let what = if self.filters.is_empty() {
            "no case has this tag or area".to_owned()
        } else {
            format!("no case is named `{}`", self.filters.join("` or `"))
        };
        CliError::usage(
            what,
            format!("{}`harness list` shows all {} cases", near.unwrap_or_default(), names.len()),
        )
    }
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
    fn a_wrong_name_is_told_with_the_one_that_was_meant() {
        let choose = Choose { filters: vec!["tenant-isolaton".into()], ..Choose::default() };
        let names = ["replay::a2a::chat".to_owned(), "replay::isolation::tenant-isolation".to_owned()];
        let text = format!("{:?}", miette::Report::new(choose.nothing(&names)));
        assert!(text.contains("no case is named `tenant-isolaton`"), "{text}");
        assert!(text.contains("tenant-isolation"), "{text}");
        assert_eq!(choose.nothing(&names).exit().code(), 2);
    }
}
