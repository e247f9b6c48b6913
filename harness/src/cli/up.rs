//! `harness up`: a world that stays.

use std::sync::Arc;

use harness_model::event::RunEvent;
use harness_model::verdict::Exit;

use super::CliError;
use super::backend::Carrier;
use crate::outln;
use crate::project::Project;
use crate::report::{style, terminal};
use crate::runner::hub::Hub;
use crate::runner::load::{Loader, read};
use crate::runner::stages::DEFAULT_TOPOLOGY;
use crate::world::lease::Kept;
use crate::world::{Options, Progress, WorldSpec, lease};

/// Starts a world that stays up, for a look around or for work by hand.
///
/// Returns when every service is ready. Replays have worlds of their own and do not need it; `harness run --kept`
/// judges those that only read in this one.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness up
  curl -H 'Host: harness-tenant-alpha.localhost' http://127.0.0.1:PORT/health
  harness seed
  harness run --kept --area a2a
  harness down
  harness up --backend docker")]
pub(super) struct Args {
    /// The topology.
    #[arg(long, default_value = DEFAULT_TOPOLOGY)]
    topology: String,
    #[command(flatten)]
    carrier: Carrier,
    /// A variant of the topology; a later one is laid over an earlier one.
    #[arg(long = "variant", value_name = "VARIANT")]
    variants: Vec<String>,
}

pub(super) async fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let options = Options { backend: args.carrier.backend, ..Options::from_env(project.root())? };
    if let Some(kept) = lease::attach(&options).await? {
        return banner(&kept, "is already up");
    }
    let (source, spec) = wanted(args, project)?;
    let hub = Arc::new(Hub::new(vec![Box::new(terminal::stdout())]));
    let told = Arc::clone(&hub);
    let progress = Progress::to(move |text| told.emit(RunEvent::Progress { text: text.into() }));
    lease::up(&Options { progress, ..options.clone() }, &source, &spec).await?;
    hub.emit(RunEvent::Progress { text: String::new() });
    hub.finish().map_err(CliError::io("cannot write"))?;
    match lease::attach(&options).await? {
        Some(kept) => banner(&kept, "is up"),
        None => Err(CliError::usage("the world ended as soon as it was up", "harness up again")),
    }
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
fn banner(kept: &Kept, what: &str) -> Result<Exit, CliError> {
    let world = &kept.world;
    let services: Vec<_> = world.services().filter_map(|it| Some((it.name(), it.url()?))).collect();
    let width = services.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let (name, backend) = (style::heading(&world.topology().name), kept.backend.word());
    let mut lines = vec![format!("{name} {what} on the {backend} backend, world {}", world.id())];
    lines.extend(services.iter().map(|(name, url)| format!("  {name:width$}  {url}")));
    let notes = world.topology().notes.iter();
    lines.extend(notes.map(|note| style::dim(&format!("note: {}", note.trim()))));
    lines.push("next: harness seed, harness run --kept, harness down".into());
    outln!("{}", lines.join("\n"));
    Ok(Exit::Green)
}
