//! `harness up`: a world that stays.

use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::verdict::Exit;

use super::CliError;
use crate::project::Project;
use crate::report::{style, terminal};
use crate::runner::hub::Hub;
use crate::runner::load::{Loader, read};
use crate::runner::stages::DEFAULT_TOPOLOGY;
use crate::world::{Options, Progress, World, WorldSpec, lease};

/// Starts a world that stays up, for a look around or for work by hand.
///
/// Returns when every service is ready. Replays have worlds of their own and do not need it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness up
  curl -H 'Host: harness-tenant-alpha.localhost' http://127.0.0.1:PORT/health
  harness seed
  harness down")]
pub(super) struct Args {
    /// The topology.
    #[arg(long, default_value = DEFAULT_TOPOLOGY)]
    topology: String,
    /// A variant of the topology; a later one is laid over an earlier one.
    #[arg(long = "variant", value_name = "VARIANT")]
    variants: Vec<String>,
}

pub(super) async fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let options = Options::from_env(project.root());
    if let Some(world) = lease::attach(&options).await? {
        banner(&world, "is already up");
        return Ok(Exit::Green);
    }
    let (source, spec) = wanted(args, project)?;
    let hub = Arc::new(Hub::new(vec![Box::new(terminal::stdout())]));
    let told = Arc::clone(&hub);
    let progress = Progress::to(move |text| told.emit(RunEvent::Progress { text: text.into() }));
    lease::up(&Options { progress, ..options.clone() }, &source, &spec).await?;
    hub.emit(RunEvent::Progress { text: String::new() });
    hub.finish().map_err(CliError::io("cannot write"))?;
    if let Some(world) = lease::attach(&options).await? {
        banner(&world, "is up");
    }
    Ok(Exit::Green)
}

fn wanted(args: &Args, project: &Project) -> Result<(harness_model::yaml::Source, WorldSpec), CliError> {
    let wrong = |findings| {
        let what = format!("the topology `{}` cannot be used", args.topology);
        CliError::Files { what, findings }
    };
    let file = project.topologies().join(format!("{}.yaml", args.topology));
    let source = read(project, &file).map_err(wrong)?;
    let topology = Loader::new(project.clone()).topology(&args.topology).map_err(wrong)?;
    Ok((source, WorldSpec { variants: args.variants.clone(), ..WorldSpec::of(topology) }))
}

/// Where everything is, and what a person must know.
fn banner(world: &World, what: &str) {
    let services: Vec<_> = world.services().filter_map(|it| Some((it.name(), it.url()?))).collect();
    let width = services.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    anstream::println!("{} {what}, world {}", style::heading(&world.topology().name), world.id());
    for (name, url) in services {
        println!("  {name:width$}  {url}");
    }
    for note in &world.topology().notes {
        anstream::println!("{}", style::dim(&format!("note: {}", note.trim())));
    }
    println!("next: harness seed, harness env, harness down");
}
