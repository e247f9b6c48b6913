//! `harness new`: a replay to start from, which runs green as it is.

use harness_model::verdict::Exit;
use harness_model::yaml::Source;

use super::CliError;
use crate::outln;
use crate::project::Project;
use crate::report::log::write_file;
use crate::runner::load::Loader;

/// What a new replay says: small, complete, and green before anything is changed in it.
const TEMPLATE: &str = include_str!("new.yaml");

/// Writes a replay to start from. It runs green as it is.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness new chat-forgets-order                   writes replays/incidents/chat-forgets-order.yaml
  harness new chat-forgets-order --area activity   writes replays/activity/chat-forgets-order.yaml
  harness run chat-forgets-order                   runs it")]
pub(super) struct Args {
    /// Name of the file: small letters, digits and dashes.
    name: String,
    /// Folder below `replays/`.
    #[arg(long, default_value = "incidents")]
    area: String,
    /// Issue that the replay closes, as in 2863.
    #[arg(long, value_name = "NUMBER")]
    closes: Vec<u32>,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    for word in [&args.name, &args.area] {
        if !is_name(word) {
            let fix = "use small letters, digits and dashes, as in chat-forgets-order";
            return Err(CliError::usage(format!("`{word}` is not a name"), fix));
        }
    }
    let path = project.replays().join(&args.area).join(format!("{}.yaml", args.name));
    let shown = project.shown(&path);
    if path.exists() {
        return Err(CliError::usage(format!("{shown} is already there"), "choose another name"));
    }
    let text = text(args);
    let checked = Loader::new(project.clone()).check_file(Source::new(shown.as_str(), text.as_str()));
    if let Some(finding) = checked.elsewhere.first() {
        return Err(CliError::Files {
            what: "the project cannot run a new replay".into(),
            findings: finding.clone(),
        });
    }
    write_file(&path, &text).map_err(CliError::io(format!("cannot write {shown}")))?;
    outln!(
        "wrote {shown}\n\nrun it:  cargo harness run {}\nedit it, and run it again until it is red; then fix the bug",
        args.name
    );
    Ok(Exit::Green)
}

fn is_name(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !word.is_empty() && word.chars().all(fits) && !word.starts_with('-')
}

fn text(args: &Args) -> String {
    let title = args.name.replace('-', " ");
    let closes: Vec<_> = args.closes.iter().map(|number| format!("\"#{number}\"")).collect();
    TEMPLATE.replace("TITLE", &title).replace("CLOSES", &closes.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::replay::parse_replay;

    #[test]
    fn what_is_written_is_a_replay() {
        let args = Args { name: "chat-forgets-order".into(), area: "activity".into(), closes: vec![2863] };
        let (replay, diagnostics) = parse_replay(&Source::new("new.yaml", text(&args)));
        assert!(diagnostics.is_empty(), "{}", diagnostics.lines().join("\n"));
        let replay = replay.unwrap();
        assert_eq!((replay.title.as_str(), replay.closes), ("chat forgets order", vec!["#2863".to_owned()]));
    }

    #[test]
    fn a_name_is_fit_for_files_and_filters() {
        for (name, fits) in
            [("a-1", true), ("", false), ("A", false), ("a b", false), ("../x", false), ("-x", false)]
        {
            assert_eq!(is_name(name), fits, "{name}");
        }
    }
}
