//! Keeping the world of the first red case (`KEEP_UP=1`): a look at it, also by other commands of the project.

use harness_model::event::RunEvent;

use super::load::read;
use super::suite::{Kept, Suite};
use crate::world::lease::{Ended, Held, SpecState};
use crate::world::{World, WorldError};

/// Keeps a world until an interrupt, or until `harness down` asks for its end; then it ends. Returns who asked.
pub(super) async fn until_told(suite: &Suite, kept: &Kept) -> Ended {
    show(suite, &kept.world);
    let asked = wait(suite, kept).await;
    // What stays behind is found and named when the stage closes.
    let _ = kept.world.down().await;
    asked
}

async fn wait(suite: &Suite, kept: &Kept) -> Ended {
    match offered(suite, kept).await {
        Ok(asked) => asked,
        Err(why) => {
            suite.hub.emit(RunEvent::Note { text: format!("other commands cannot use it: {why}") });
            suite.stop.cancelled().await;
            Ended::by_nobody()
        }
    }
}

async fn offered(suite: &Suite, Kept { world, spec }: &Kept) -> Result<Ended, String> {
    let told = |error: WorldError| error.to_string();
    let project = suite.loader.project();
    let file = project.topologies().join(format!("{}.yaml", spec.topology.name));
    let source = read(project, &file)?;
    let opened = suite.stages.of(&spec.topology).await.map_err(|error| error.to_string())?;
    let held = Held::offer(world, opened.stage(), &SpecState::of(&source, spec)).map_err(told)?;
    Ok(held.until(suite.stop.cancelled()).await)
}

/// Tells where the services of a kept world are.
fn show(suite: &Suite, world: &World) {
    let services =
        world.services().filter_map(|service| Some(format!("  {:<16} {}", service.name(), service.url()?)));
    let services: Vec<_> = services.collect();
    let ends = "stays up (KEEP_UP=1); Ctrl-C here or `harness down` elsewhere ends it";
    let text = format!("world {} {ends}\n{}", world.id(), services.join("\n"));
    suite.hub.emit(RunEvent::Note { text });
}
