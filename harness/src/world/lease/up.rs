//! Starting and ending a leased world.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use harness_model::yaml::Source;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::Command;

use super::host::HOST_ARGUMENT;
use super::order::{Order, Word};
use super::remote::{self, Call};
use super::state::State;
use crate::backend::process::places;
use crate::world::{Options, WorldError, WorldSpec};

/// The longest a world may take to end: an engine under load takes its time.
const DOWN_WITHIN: Duration = Duration::from_secs(180);

/// Brings a world up that stays when this process ends. `source` is the text of its topology.
///
/// # Errors
/// When one is up already, or this one does not come up.
pub async fn up(options: &Options, source: &Source, spec: &WorldSpec) -> Result<(), WorldError> {
    if let Some(state) = State::read(&options.root)? {
        return Err(WorldError::Usage(format!("world {} is up already: harness down ends it", state.world)));
    }
    places::make_cache(&options.cache)?;
    let order = serde_json::to_string(&Order::new(options, source, spec)).expect("orders are plain data");
    let what = "start the host of the world";
    let log = File::create(options.cache.join("host.log")).map_err(WorldError::io("make the host's log"))?;
    let mut host = Command::new(&options.keeper)
        .arg(HOST_ARGUMENT)
        .current_dir(&options.root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(WorldError::io(what))?;
    let mut stdin = host.stdin.take().expect("stdin is piped");
    stdin.write_all(order.as_bytes()).await.map_err(WorldError::io(what))?;
    drop(stdin);
    let mut words = BufReader::new(host.stdout.take().expect("stdout is piped")).lines();
    while let Ok(Some(line)) = words.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Word::Ready) => return Ok(()),
            Ok(Word::Progress(message)) => options.progress.say(message),
            Ok(Word::Failed { class, text }) => return Err(WorldError::Host { class, text }),
            Err(_) => {}
        }
    }
    let told = std::fs::read_to_string(options.cache.join("host.log")).unwrap_or_default();
    Err(WorldError::io(what)(std::io::Error::other(told.trim().to_owned())))
}

/// Ends the kept world of this project with everything it stands on; says whether there was one.
///
/// # Errors
/// [`WorldError::Leftover`] naming what is left, or the holder when it does not end.
pub async fn down(options: &Options) -> Result<bool, WorldError> {
    let Some(state) = State::read(&options.root)? else {
        State::forget(&options.root);
        return Ok(false);
    };
    let ended = tokio::time::timeout(DOWN_WITHIN, remote::ask(&state.socket, &Call::End)).await;
    match ended {
        Ok(ended) => ended.map(|()| true),
        Err(_) => Err(WorldError::Leftover(vec![format!("process {}", state.host)])),
    }
}
