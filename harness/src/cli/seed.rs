//! `harness seed`: the seed data of the kept world.

use harness_model::event::RunEvent;
use harness_model::replay::parse_replay;
use harness_model::verdict::Exit;
use harness_model::yaml::Source;
use serde_json::{Map, Value};

use super::CliError;
use crate::engine::{self, Play};
use crate::project::Project;
use crate::report::failure;
use crate::runner::load::Loader;
use crate::world::lease::Seeded;
use crate::world::{Options, World, lease};
use crate::{errln, outln};

/// Fills the world of `harness up` with its seed data: a parent and a child in both tenants, agents online.
///
/// Prints what it left as JSON and keeps it in .harness/seed.json, where `harness run --kept` finds it. Asked again it
/// returns the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  harness up && harness seed")]
pub(super) struct Args {}

pub(super) async fn run(_: &Args, project: &Project) -> Result<Exit, CliError> {
    let Some(kept) = lease::attach(&Options::from_env(project.root())?).await? else {
        return Err(CliError::usage("no world is up", "start one: harness up"));
    };
    let seeded = match Seeded::demand(project.root(), &kept.world) {
        Ok(seeded) => seeded,
        Err(_) => match fill(project, &kept.world).await? {
            Ok(values) => Seeded::of(&kept.world, values),
            Err(failed) => {
                errln!("{}", failure::render(&failed, None, "harness seed").trim_end());
                return Ok(Exit::Red);
            }
        },
    };
    seeded.write(project.root())?;
    outln!("{}", serde_json::to_string_pretty(&seeded).unwrap_or_default());
    errln!("kept in {}", project.shown(&Seeded::path(project.root())));
    Ok(Exit::Green)
}

type Filled = Result<Map<String, Value>, Box<harness_model::event::Failure>>;

async fn fill(project: &Project, world: &World) -> Result<Filled, CliError> {
    let topology = world.topology();
    let Some(part) = &topology.seed else {
        let what = format!("the topology `{}` has no seed", topology.name);
        return Err(CliError::usage(what, "add `seed: PART` to it"));
    };
    let play = play(project, part)?;
    let outputs = play.parts.get(part).map(|loaded| loaded.part.outputs.clone()).unwrap_or_default();
    let silent = |_: RunEvent| {};
    Ok(engine::fill(&play, &outputs, world, &silent).await)
}

/// A replay that does nothing but use the seed's part.
fn play(project: &Project, path: &str) -> Result<Play, CliError> {
    let wrong = |findings: String| CliError::Files { what: "the seed cannot be used".into(), findings };
    let source = Source::new("seed", format!("replay: seed\nsteps:\n  - use: {{ part: {path} }}\n"));
    let (replay, diagnostics) = parse_replay(&source);
    let replay = replay.ok_or_else(|| wrong(diagnostics.lines().join("\n")))?;
    let mut findings = Vec::new();
    let parts = Loader::new(project.clone()).parts_of(&replay, None, &mut findings);
    if !findings.is_empty() {
        return Err(wrong(findings.join("\n")));
    }
    Ok(Play { parts, ..Play::of("seed", replay, source, project.root()) })
}
