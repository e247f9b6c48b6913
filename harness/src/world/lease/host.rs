//! The process that holds a leased world.

use std::io::{Read as _, Write as _};

use tokio::signal::unix::{SignalKind, signal};

use super::hold::{Ended, Held};
use super::order::{Order, Word};
use crate::world::{Progress, Stage, WorldError, WorldSpec};

/// The first argument of a program that is to be the host.
pub const HOST_ARGUMENT: &str = "__host";

/// Becomes the host when this process was started as one, and then never returns.
pub fn intercept() {
    if std::env::args_os().nth(1).is_none_or(|first| first != HOST_ARGUMENT) {
        return;
    }
    // Its own session: the terminal's Ctrl-C is not meant for a world that outlives the command.
    let _ = nix::unistd::setsid();
    crate::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let hosted = runtime.map_err(WorldError::io("start the runtime")).and_then(|rt| rt.block_on(host()));
    if let Err(error) = &hosted {
        say(&Word::Failed { class: error.class(), text: error.to_string() });
    }
    std::process::exit(i32::from(hosted.is_err()));
}

/// Who started the host reads until it is ready, and may be gone after.
fn say(word: &Word) {
    let line = serde_json::to_string(word).unwrap_or_default();
    let _ = writeln!(std::io::stdout(), "{line}");
}

async fn host() -> Result<(), WorldError> {
    let mut order = String::new();
    std::io::stdin().read_to_string(&mut order).map_err(WorldError::io("read the order"))?;
    let order: Order = serde_json::from_str(&order).map_err(|error| WorldError::Usage(error.to_string()))?;
    let options = order.options(Progress::to(|message| say(&Word::Progress(message.to_owned()))));
    let spec = order.spec.spec()?;
    let stage = Stage::open(options, spec.topology.clone()).await?;
    let held = hold(&stage, &spec, &order).await;
    let closed = stage.close().await;
    let (asked, down) = held?;
    let ended = down.and(closed);
    asked.answer(&ended).await;
    ended
}

/// Makes the world and holds it until told to end.
async fn hold(
    stage: &Stage,
    spec: &WorldSpec,
    order: &Order,
) -> Result<(Ended, Result<(), WorldError>), WorldError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(WorldError::io("watch for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(WorldError::io("watch for signals"))?;
    let mut told = async move || {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    let world = tokio::select! {
        world = stage.world(spec) => world?,
        () = told() => return Ok((Ended::by_nobody(), Ok(()))),
    };
    let held = Held::offer(&world, stage, &order.spec)?;
    say(&Word::Ready);
    let asked = held.until(told()).await;
    Ok((asked, world.down().await))
}
