//! `harness schema`: the schema that editors check replays with.

use harness_model::schema::replay_schema_text;
use harness_model::verdict::Exit;

use super::CliError;
use crate::project::Project;
use crate::report::log::write_file;

/// Writes replays/replay.schema.json, the schema that editors check and complete replays with.
///
/// It is generated from the types that read replays. An editor finds it through a line at the top of a file:
/// `# yaml-language-server: $schema=../replay.schema.json`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness schema             write it
  harness schema --check     exit with 1 when the checked-in file is stale
  harness schema --print     print it")]
pub(super) struct Args {
    /// Only compare it with the checked-in file.
    #[arg(long, conflicts_with = "print")]
    check: bool,
    /// Print it instead.
    #[arg(long)]
    print: bool,
}

pub(super) fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let fresh = replay_schema_text();
    if args.print {
        print!("{fresh}");
        return Ok(Exit::Green);
    }
    let path = project.replays().join("replay.schema.json");
    let shown = project.shown(&path);
    if std::fs::read_to_string(&path).is_ok_and(|stored| stored == fresh) {
        println!("{shown} is fresh");
        return Ok(Exit::Green);
    }
    if args.check {
        println!("{shown} is stale: `harness schema` writes it");
        return Ok(Exit::Red);
    }
    write_file(&path, &fresh).map_err(CliError::io(format!("cannot write {shown}")))?;
    println!("wrote {shown}");
    Ok(Exit::Green)
}
