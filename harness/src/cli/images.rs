//! `harness images`: the images that container worlds run.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::sync::Arc;

use clap::Subcommand;
use harness_model::event::RunEvent;
use harness_model::verdict::Exit;

use super::{CliError, topology};
use crate::backend::docker::images::{self, Definitions, Images};
use crate::project::Project;
use crate::report::{style, terminal};
use crate::runner::hub::Hub;
use crate::runner::stages::DEFAULT_TOPOLOGY;
use crate::world::{Options, Progress, WorldError};
use crate::{errln, outln};

/// Builds, lists and removes the images that container worlds run.
///
/// Each is looked for here by the digest of what it is built from, then in a registry if there is a published
/// one, and else built: from this project's programs and this machine's packages.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  harness images build              whatever is missing or stale
  harness images build nginx agents only these
  REBUILD=1 harness images build    everything anew
  harness images list               what the engine holds, and what is stale
  harness images prune              remove what is stale")]
pub(super) struct Args {
    /// The topology whose programs the images hold.
    #[arg(long, global = true, default_value = DEFAULT_TOPOLOGY)]
    topology: String,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes sure that images are there and fresh.
    Build {
        /// Only these; all by default.
        names: Vec<String>,
    },
    /// Shows what the engine holds of ours: digest, size, whether it is stale.
    List,
    /// Removes this project's stale images.
    Prune,
}

pub(super) async fn run(args: &Args, project: &Project) -> Result<Exit, CliError> {
    let topology = topology(project, &args.topology)?;
    let docker = images::engine().await?;
    let hub = Arc::new(Hub::new(vec![Box::new(terminal::stdout())]));
    let told = Arc::clone(&hub);
    let progress = if std::io::stderr().is_terminal() {
        Progress::to(move |text| told.emit(RunEvent::Progress { text: text.into() }))
    } else {
        Progress::to(|text| errln!("{text}"))
    };
    let options = Options { progress, ..Options::from_env(project.root())? };
    let definitions = Definitions::of(&options.root);
    let images = Images::new(docker.clone(), &options, &topology);
    match &args.command {
        Command::Build { names } => {
            let names = match names.as_slice() {
                [] => definitions.names().map_err(WorldError::from)?,
                names => names.to_vec(),
            };
            build(&images, &names, &hub).await?;
        }
        Command::List => list(&docker, &images, &definitions).await?,
        Command::Prune => prune(&docker, &images, &definitions).await?,
    }
    Ok(Exit::Green)
}

async fn build(images: &Images, names: &[String], hub: &Hub) -> Result<(), CliError> {
    for name in names {
        let image = images.resolve(name).await.map_err(WorldError::from)?;
        hub.emit(RunEvent::Progress { text: String::new() });
        outln!(
            "{name:16}  {:7}  {:>8}  {}  {}",
            image.origin.to_string(),
            megabytes(image.size_bytes),
            short(&image.digest),
            style::dim(&image.reference)
        );
    }
    if let Some(reason) = images.no_registry() {
        outln!("{}", style::dim(&format!("note: no registry answers, so nothing was pulled: {reason}")));
    }
    hub.finish().map_err(CliError::io("cannot write"))
}

async fn list(docker: &images::Engine, images: &Images, definitions: &Definitions) -> Result<(), CliError> {
    let current = current(images, definitions)?;
    let held = images::list(docker).await.map_err(WorldError::from)?;
    for image in &held {
        let standing = match current.get(&image.name) {
            _ if image.project != images.project() => "another project's",
            Some(digest) if *digest == image.digest => "fresh",
            Some(_) => "stale",
            None => "unknown",
        };
        let size = megabytes(image.size_bytes);
        outln!("{:16}  {standing:17}  {size:>8}  {}", image.name, short(&image.digest));
    }
    let missing = |(name, digest): &(&String, &String)| {
        !held.iter().any(|image| image.name == **name && image.digest == **digest)
    };
    for (name, digest) in current.iter().filter(missing) {
        outln!("{name:16}  {:17}  {:>8}  {}", "not built", "", short(digest));
    }
    Ok(())
}

async fn prune(docker: &images::Engine, images: &Images, definitions: &Definitions) -> Result<(), CliError> {
    let current = current(images, definitions)?;
    let pruned = images::prune(docker, &images.project(), &current).await.map_err(WorldError::from)?;
    for (word, held) in [("removed", &pruned.removed), ("in use", &pruned.in_use)] {
        for image in held {
            let size = megabytes(image.size_bytes);
            outln!("{word:8}  {:16}  {size:>8}  {}", image.name, short(&image.digest));
        }
    }
    if pruned.removed.is_empty() && pruned.in_use.is_empty() {
        outln!("nothing is stale");
    }
    Ok(())
}

/// What the working tree would build, name to digest. An image whose packages this machine lacks is left out:
/// nothing here can say whether it is stale.
fn current(images: &Images, definitions: &Definitions) -> Result<BTreeMap<String, String>, CliError> {
    let names = definitions.names().map_err(WorldError::from)?;
    Ok(names.into_iter().filter_map(|name| Some((name.clone(), images.digest(&name).ok()?))).collect())
}

fn megabytes(bytes: i64) -> String {
    format!("{} MB", (bytes + 500_000) / 1_000_000)
}

fn short(digest: &str) -> &str {
    &digest[..12.min(digest.len())]
}
