//! What another process asks of the one that holds a world: to disturb a service, or to end the world.

use std::path::{Path, PathBuf};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::world::{Boot, Control, Controller, Flow, Reboot, WorldError};

/// What another process asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Call {
    /// Do something to a service.
    Control { service: String, control: Control },
    /// Start a service anew with some of its environment changed.
    Reboot { service: String, reboot: Reboot },
    /// Disturb the way from one service to another.
    Way { service: String, from: String, flow: Flow },
    /// End the world and everything it stands on; answered when all is gone.
    End,
}

/// What the holder answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    /// What came of a start.
    Booted(Boot),
    Failed(String),
    /// The world has ended, and this is left of it.
    Left(Vec<String>),
}

impl Answer {
    /// How the thing that was asked for went.
    pub(super) fn of(done: &Result<(), WorldError>) -> Self {
        match done {
            Ok(()) => Self::Done,
            Err(WorldError::Leftover(names)) => Self::Left(names.clone()),
            Err(error) => Self::Failed(error.to_string()),
        }
    }

    /// How a start went.
    pub(super) fn of_boot(done: Result<Boot, WorldError>) -> Self {
        done.map_or_else(|error| Self::of(&Err(error)), Self::Booted)
    }

    fn result(self) -> Result<(), WorldError> {
        match self {
            Self::Done | Self::Booted(_) => Ok(()),
            Self::Failed(why) => Err(WorldError::Usage(why)),
            Self::Left(names) => Err(WorldError::Leftover(names)),
        }
    }
}

/// Asks the holder of a world.
pub(super) async fn ask(socket: &Path, call: &Call) -> Result<(), WorldError> {
    let answer = talk(socket, call).await.map_err(WorldError::io("ask the holder of the world"))?;
    answer.result()
}

async fn ask_boot(socket: &Path, call: &Call) -> Result<Boot, WorldError> {
    match talk(socket, call).await.map_err(WorldError::io("ask the holder of the world"))? {
        Answer::Booted(boot) => Ok(boot),
        other => other.result().map(|()| Boot::Ready),
    }
}

async fn talk(socket: &Path, call: &Call) -> std::io::Result<Answer> {
    let mut stream = BufReader::new(UnixStream::connect(socket).await?);
    say(stream.get_mut(), call).await?;
    let mut answer = String::new();
    match stream.read_line(&mut answer).await? {
        0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(serde_json::from_str(&answer)?),
    }
}

/// One JSON object, on a line of its own.
pub(super) async fn say<T: Serialize>(stream: &mut UnixStream, what: &T) -> std::io::Result<()> {
    let mut line = serde_json::to_string(what)?;
    line.push('\n');
    stream.write_all(line.as_bytes()).await
}

/// A service whose controller lives in the holder.
pub(super) struct Remote {
    pub(super) service: String,
    pub(super) socket: PathBuf,
}

impl Controller for Remote {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(
            async move { ask(&self.socket, &Call::Control { service: self.service.clone(), control }).await },
        )
    }

    fn reboot<'a>(&'a self, reboot: &'a Reboot) -> BoxFuture<'a, Result<Boot, WorldError>> {
        let call = Call::Reboot { service: self.service.clone(), reboot: reboot.clone() };
        Box::pin(async move { ask_boot(&self.socket, &call).await })
    }

    fn way<'a>(&'a self, caller: &'a str, flow: Flow) -> BoxFuture<'a, Result<(), WorldError>> {
        let (service, from) = (self.service.clone(), caller.to_owned());
        Box::pin(async move { ask(&self.socket, &Call::Way { service, from, flow }).await })
    }
}
