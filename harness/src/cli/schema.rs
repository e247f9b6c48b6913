//! `harness schema`: the schemas that editors check replays with, and programs read reports with.

use std::path::Path;

use harness_model::schema::replay_schema_text;
use harness_model::verdict::Exit;

use super::CliError;
use crate::project::Project;
use crate::report::json;
use crate::report::log::write_file;
use crate::{out, outln};

/// Writes replays/replay.schema.json, the schema that editors check and complete replays with, and
/// docs/report.schema.json, the schema of `--report json=PATH`.
///
/// Both are generated from the types that read and write them. An editor finds it through a line at the top of a file:
/// `# yaml-language-server: $schema=../replay.schema.json`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness schema             write them
  harness schema --check     exit with 1 when a checked-in file is stale
  harness schema --print     print the one of replays")]
pub(super) struct Args {
    /// Only compare it with the checked-in file.
    #[arg(long, conflicts_with = "print")]
    check: bool,
    /// Print that of replays instead.
    #[arg(long)]
    print: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    if args.print {
        out!("{}", replay_schema_text());
        return Ok(Exit::Green);
    }
    let report = json::schema_text().map_err(CliError::io("cannot make the report's schema"))?;
    let schemas = [
        (project.replays().join("replay.schema.json"), replay_schema_text()),
        (project.root().join("docs/report.schema.json"), report),
    ];
    let mut exit = Exit::Green;
    for (path, fresh) in schemas {
        if !keep_fresh(args.check, project, &path, &fresh)? {
            exit = Exit::Red;
        }
    }
    Ok(exit)
}

/// Whether the file is fresh in the end.
fn keep_fresh(check: bool, project: &Project, path: &Path, fresh: &str) -> Result<bool, CliError> {
    let shown = project.shown(path);
    if std::fs::read_to_string(path).is_ok_and(|stored| stored == fresh) {
        outln!("{shown} is fresh");
        return Ok(true);
    }
    if check {
        outln!("{shown} is stale: `harness schema` writes it");
        return Ok(false);
    }
    write_file(path, fresh).map_err(CliError::io(format!("cannot write {shown}")))?;
    outln!("wrote {shown}");
    Ok(true)
}
