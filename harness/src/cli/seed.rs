//! `harness seed`: the seed data of the kept world.

use std::path::PathBuf;

use harness_model::event::RunEvent;
use harness_model::replay::parse_replay;
use harness_model::verdict::Exit;
use harness_model::yaml::Source;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::CliError;
use crate::engine::{self, Play};
use crate::project::Project;
use crate::report::{failure, log};
use crate::runner::load::Loader;
use crate::world::{Options, World, lease};

/// Fills the world of `harness up` with its seed data: a parent and a child in both tenants, agents online.
///
/// Prints what it left as JSON and keeps it in .harness/seed.json. Asked again it returns the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  harness up && harness seed")]
pub(super) struct Args {}

/// What a seed left, and in which world: ids of one world mean nothing in another.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Seeded {
    world: String,
    values: Map<String, Value>,
}

pub(super) async fn run(_: &Args, project: &Project) -> Result<Exit, CliError> {
    let options = Options::from_env(project.root());
    let Some(world) = lease::attach(&options).await? else {
        return Err(CliError::usage("no world is up", "start one: harness up"));
    };
    let path = path(project);
    let known =
        std::fs::read_to_string(&path).ok().and_then(|text| serde_json::from_str::<Seeded>(&text).ok());
    let seeded = match known.filter(|known| known.world == world.id()) {
        Some(seeded) => seeded,
        None => match fill(project, &world).await? {
            Ok(values) => Seeded { world: world.id().to_owned(), values },
            Err(failed) => {
                anstream::eprint!("{}", failure::render(&failed, None, "harness seed"));
                return Ok(Exit::Red);
            }
        },
    };
    let text = serde_json::to_string_pretty(&seeded).unwrap_or_default();
    log::write_file(&path, &text).map_err(CliError::io(format!("cannot write {}", project.shown(&path))))?;
    println!("{text}");
    eprintln!("kept in {}", project.shown(&path));
    Ok(Exit::Green)
}

fn path(project: &Project) -> PathBuf {
    project.root().join(".harness/seed.json")
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
