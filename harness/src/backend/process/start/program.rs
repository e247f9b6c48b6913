//! Running a service as a child process.

use std::sync::Arc;

use harness_model::topology::{ServiceSpec, Text};
use tokio::sync::Mutex;

use super::{Slot, World};
use crate::backend::process::child::Order;
use crate::backend::process::controller::Program;
use crate::backend::process::programs::Flavour;
use crate::world::{WorldError, plan};

/// Starts the program and waits until it is ready.
pub(super) async fn run(
    world: &World<'_>,
    name: &str,
    service: &ServiceSpec,
    (program, args): (&str, &[Text]),
    slot: &Slot,
) -> Result<Program, WorldError> {
    let flavour = flavour(world, service);
    let order = order(world, name, (program, args), flavour).await?;
    let base = &world.ground.base;
    let from = slot.log.position();
    let child = Program::spawn(world.ground, &order, &slot.log).await?;
    let child = Arc::new(Mutex::new(child));
    world.cleanup.lock().await.own().children.push(child.clone());
    let awaited = base.awaited(name, &service.ready, &slot.address, &slot.log);
    let ground = world.ground.clone();
    let running = Program { ground, order, awaited, child: child.clone(), links: slot.links.clone() };
    running.awaited.ready(Some(&*child.lock().await), from).await?;
    // What a program with an open bug says about itself proves nothing.
    if let Some(spec) = world.spec.topology.programs.get(program).filter(|_| flavour == Flavour::Plain) {
        base.check_fresh(program, spec, &slot.address).await?;
    }
    Ok(running)
}

/// With bug seams where the world asks for a bug and the program knows any.
fn flavour(world: &World<'_>, service: &ServiceSpec) -> Flavour {
    let has_seams = plan::bug_env(&world.spec.topology, service).is_some();
    if has_seams && !world.spec.bugs.is_empty() { Flavour::Seamed } else { Flavour::Plain }
}

async fn order(
    world: &World<'_>,
    name: &str,
    (program, args): (&str, &[Text]),
    flavour: Flavour,
) -> Result<Order, WorldError> {
    let built = world.ground.program(program, &world.spec.topology, flavour).await?;
    Ok(Order {
        service: name.to_owned(),
        program: built.path.clone(),
        args: world.args(name, args)?,
        env: world.environments[name].iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        folder: world.folder.join(name),
    })
}
