//! Offering a world to other processes: its state is written down, and what they ask is carried out.

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use super::order::SpecState;
use super::remote::{self, Answer, Call};
use super::state::State;
use crate::world::{Stage, World, WorldError};

/// A world that other processes of the project may use until [`Held::until`] ends.
pub struct Held<'a> {
    world: &'a World,
    stage: &'a Stage,
    listener: UnixListener,
}

/// Who asked for the end, and is still waiting for it.
#[must_use]
pub struct Ended(Option<UnixStream>);

impl<'a> Held<'a> {
    /// Writes down what others need to use a world.
    ///
    /// # Errors
    /// When another world of the project is up already, or the files cannot be written.
    pub fn offer(world: &'a World, stage: &'a Stage, spec: &SpecState) -> Result<Self, WorldError> {
        let root = &stage.options().root;
        if let Some(state) = State::read(root)? {
            return Err(WorldError::Usage(format!(
                "world {} is up already: harness down ends it",
                state.world
            )));
        }
        let socket = stage.folder().join("host.sock");
        let listener = UnixListener::bind(&socket).map_err(WorldError::io("listen for orders"))?;
        State::of(world, stage, spec.clone(), socket).write(root)?;
        Ok(Self { world, stage, listener })
    }

    /// Carries out what others ask until one of them, or `stop`, wants an end. From then on nobody finds the
    /// world any more.
    pub async fn until(self, stop: impl Future<Output = ()>) -> Ended {
        let (ask, mut asked) = mpsc::channel(1);
        let serving = async {
            loop {
                if let Ok((stream, _)) = self.listener.accept().await {
                    tokio::spawn(serve(stream, self.world.clone(), ask.clone()));
                }
            }
        };
        let asker = tokio::select! {
            () = serving => None,
            asker = asked.recv() => asker,
            () = stop => None,
        };
        State::forget(&self.stage.options().root);
        Ended(asker)
    }
}

impl Ended {
    /// The world ended for another reason.
    pub fn by_nobody() -> Self {
        Self(None)
    }

    /// Tells whoever asked for the end what is left.
    pub async fn tell(self, left: &[String]) {
        let left = left.to_vec();
        self.answer(&if left.is_empty() { Ok(()) } else { Err(WorldError::Leftover(left)) }).await;
    }

    /// Tells whoever asked for the end how it went.
    pub(super) async fn answer(self, ended: &Result<(), WorldError>) {
        if let Some(mut asker) = self.0 {
            // It may not have had the patience.
            let _ = remote::say(&mut asker, &Answer::of(ended)).await;
        }
    }
}

/// Carries out what an attached process asks.
async fn serve(stream: UnixStream, world: World, end: mpsc::Sender<UnixStream>) {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    while matches!(stream.read_line(&mut line).await, Ok(1..)) {
        let answer = match serde_json::from_str::<Call>(&line) {
            Ok(Call::Control { service, control }) => Answer::of(&match world.service(&service) {
                Ok(service) => service.control(control).await,
                Err(error) => Err(error),
            }),
            Ok(Call::Reboot { service, reboot }) => Answer::of_boot(match world.service(&service) {
                Ok(service) => service.reboot(&reboot).await,
                Err(error) => Err(error),
            }),
            Ok(Call::Way { service, from, flow }) => Answer::of(&match world.service(&service) {
                Ok(service) => service.way(&from, flow).await,
                Err(error) => Err(error),
            }),
            Ok(Call::End) => {
                // Whoever asks second finds the connection closed, and the world gone.
                let _ = end.send(stream.into_inner()).await;
                return;
            }
            Err(error) => Answer::of(&Err(WorldError::Usage(error.to_string()))),
        };
        if remote::say(stream.get_mut(), &answer).await.is_err() {
            return;
        }
        line.clear();
    }
}
