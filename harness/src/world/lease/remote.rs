//! Controlling a service whose controller lives in the host.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

use crate::world::{Control, Controller, World, WorldError};

/// What an attached process asks.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Call {
    service: String,
    control: Control,
}

/// What the host answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    Done,
    Failed(String),
}

impl Call {
    pub(super) async fn carry_out(self, world: &World) -> Answer {
        let done = match world.service(&self.service) {
            Ok(service) => service.control(self.control).await,
            Err(error) => Err(error),
        };
        done.map_or_else(|error| Answer::Failed(error.to_string()), |()| Answer::Done)
    }
}

/// Asks the host.
pub(super) struct Remote {
    pub(super) service: String,
    pub(super) socket: PathBuf,
}

impl Controller for Remote {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async move {
            let answer = self.ask(control).await.map_err(WorldError::io("ask the host of the world"))?;
            match answer {
                Answer::Done => Ok(()),
                Answer::Failed(why) => Err(WorldError::Usage(why)),
            }
        })
    }
}

impl Remote {
    async fn ask(&self, control: Control) -> std::io::Result<Answer> {
        let mut stream = BufReader::new(UnixStream::connect(&self.socket).await?);
        let mut line = serde_json::to_string(&Call { service: self.service.clone(), control })?;
        line.push('\n');
        stream.get_mut().write_all(line.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_line(&mut answer).await?;
        Ok(serde_json::from_str(&answer)?)
    }
}
