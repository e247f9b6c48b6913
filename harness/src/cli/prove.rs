//! `harness prove`: how much the expectations notice.

use harness_model::verdict::Exit;

use super::backend::Carrier;
use super::choose::Choose;
use super::past::Past;
use super::{CliError, complete, run};
use crate::project::Project;
use crate::prove::floor::FloorFile;
use crate::prove::{self, Proof, report};
use crate::runner::discover;
use crate::runner::load::Loader;
use crate::{out, outln};

/// Changes what a green run saw and judges it again, without any service: what would nobody have noticed?
///
/// Survivors are listed by step, with the line that would catch them. Places that differ from run to run are
/// declared under `volatile:` in a topology, a replay or a part. Scores may not fall below the floors in
/// replays/prove.yaml.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness prove                             a fresh run of everything, then its proof
  harness prove --log last                  the last run's proof, in seconds
  harness prove --log last chat-history --all
  harness prove --log last --bless          raise the floors to the present scores")]
pub(super) struct Args {
    #[command(flatten)]
    choose: Choose,
    #[command(flatten)]
    carrier: Carrier,
    /// The run to prove: `last`, a kept run's name, or a log file; without it the cases run first.
    #[arg(long, value_name = "RUN", add = complete::past_runs())]
    log: Option<String>,
    /// List every survivor.
    #[arg(long)]
    all: bool,
    /// Raise the floors to the present scores.
    #[arg(long)]
    bless: bool,
}

pub(super) async fn run(args: Args, project: &Project) -> Result<Exit, CliError> {
    let narrowed = args.choose.filter().narrows();
    let past = match &args.log {
        Some(named) => Past::open(project, named)?,
        None => {
            let exit = run::plainly(args.choose.clone(), args.carrier, project).await?;
            if exit != Exit::Green {
                return Ok(exit);
            }
            Past::open(project, "last")?
        }
    };
    let loader = Loader::new(project.clone());
    let cases = discover::cases(project).map_err(CliError::io("cannot read the project's folders"))?;
    let filter = args.choose.filter();
    let proof = prove::prove(&past.events, &loader, &cases, &|case| filter.wants_named(case, &cases));
    if proof.suite().judged() == 0 {
        return Err(CliError::usage(
            format!("{} holds nothing to prove", project.shown(&past.path)),
            "name a run of green cases, made by this version",
        ));
    }
    out!("{}", report::survivors(&proof, args.all));
    for unproven in &proof.unproven {
        outln!("not proven  {unproven}");
    }
    outln!("\n{}", report::scores(&proof));
    outln!("{} verdicts, {} a minute", proof.suite().judged(), proof.per_minute());
    if narrowed {
        outln!("the floors were not asked: they are for the whole suite");
        return Ok(Exit::Green);
    }
    floors(&proof, args.bless, project)
}

fn floors(proof: &Proof, bless: bool, project: &Project) -> Result<Exit, CliError> {
    let floors = FloorFile::read(project)
        .map_err(|findings| CliError::Files { what: "the floors cannot be read".to_owned(), findings })?;
    for unseen in floors.unseen(proof) {
        outln!("no record of {unseen}: its floor was not asked");
    }
    if bless {
        floors.raise(proof).map_err(CliError::io("cannot write replays/prove.yaml"))?;
    }
    let fallen = floors.fallen(proof);
    for fallen in &fallen {
        outln!("below its floor: {} has {}%, had {}%", fallen.what, fallen.score, fallen.floor);
    }
    let higher = if bless { 0 } else { floors.could_rise(proof) };
    if higher > 0 {
        outln!("{higher} floors could rise: harness prove --log last --bless");
    }
    Ok(if fallen.is_empty() { Exit::Green } else { Exit::Red })
}
