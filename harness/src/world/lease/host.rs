//! The process that holds a leased world.

use std::io::{Read as _, Write as _};
use std::path::Path;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::signal::unix::{SignalKind, signal};

use super::order::{Order, Word};
use super::remote::{Answer, Call};
use super::state::State;
use crate::world::{Progress, Stage, World, WorldError};

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
    let spec = order.spec()?;
    let stage = Stage::open(options.clone(), spec.topology.clone()).await?;
    let hosted = hold(&stage, &spec, &order, &options.root).await;
    State::forget(&options.root);
    let closed = stage.close().await;
    hosted.and(closed)
}

/// Makes the world and holds it until told to end.
async fn hold(
    stage: &Stage,
    spec: &crate::world::WorldSpec,
    order: &Order,
    root: &Path,
) -> Result<(), WorldError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(WorldError::io("watch for signals"))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(WorldError::io("watch for signals"))?;
    let world = tokio::select! {
        world = stage.world(spec) => world?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    let socket = stage.folder().join("host.sock");
    let listener = UnixListener::bind(&socket).map_err(WorldError::io("listen for orders"))?;
    let state = State::of(&world, order.topology_path.clone(), order.topology_text.clone(), socket);
    state.write(root)?;
    say(&Word::Ready);
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                tokio::spawn(serve(stream, world.clone()));
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        }
    }
    world.down().await
}

/// Carries out what attached processes ask.
async fn serve(stream: UnixStream, world: World) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while matches!(stream.read_line(&mut line).await, Ok(1..)) {
        let answer = match serde_json::from_str::<Call>(&line) {
            Ok(call) => call.carry_out(&world).await,
            Err(error) => Answer::Failed(error.to_string()),
        };
        let mut text = serde_json::to_string(&answer).unwrap_or_default();
        text.push('\n');
        if stream.get_mut().write_all(text.as_bytes()).await.is_err() {
            return;
        }
        line.clear();
    }
}
