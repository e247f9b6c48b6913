//! Pausing, killing and cutting off containers.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::Mutex;

use super::container::Container;
use super::network::Network;
use super::remake::Where;
use crate::backend::links::Links;
use crate::backend::ready::Awaited;
use crate::world::{Boot, Control, Controller, Flow, Reboot, WorldError};

/// A container of the world.
pub(crate) struct Contained {
    pub(crate) container: Arc<Container>,
    /// Where services meet.
    pub(crate) inside: Network,
    /// The program of the topology that it is; others have no environment that a replay could know.
    pub(crate) program: Option<Program>,
    pub(crate) awaited: Awaited,
    /// How the services that it is to be cut off from reach it.
    pub(crate) links: Links,
    /// Its address inside, which it keeps over every restart and cut.
    pub(crate) at: Mutex<Option<String>>,
}

/// What a program's container has beside.
pub(crate) struct Program {
    /// Where its port is published, when it is.
    pub(crate) publish: Option<Network>,
}

impl Contained {
    async fn reboot(&self, reboot: &Reboot) -> Result<Boot, WorldError> {
        if reboot.env.is_empty() && !self.container.is_changed().await {
            let from = self.awaited.before(reboot);
            self.restart().await?;
            return self.awaited.booted(reboot, &*self.container, from).await;
        }
        let Some(Program { publish }) = &self.program else {
            return Err(WorldError::Unsupported("another environment for what is no program".into()));
        };
        self.container.kill().await?;
        let from = self.awaited.before(reboot);
        let at = self.at.lock().await;
        let (inside, publish, alias) = (&self.inside, publish.as_ref(), self.awaited.name.as_str());
        self.container.remake(reboot, Where { inside, publish, alias, at: at.as_deref() }).await?;
        self.awaited.booted(reboot, &*self.container, from).await
    }

    async fn restart(&self) -> Result<(), WorldError> {
        self.container.restart().await?;
        // The engine may have given it another address; those who know the old one must still find it.
        let at = self.at.lock().await;
        if *at != self.container.address(&self.inside).await? {
            self.inside.leave(self.container.name()).await?;
            self.inside.join(self.container.name(), &self.names(), at.as_deref()).await?;
        }
        Ok(())
    }

    async fn cut_off(&self) -> Result<(), WorldError> {
        self.links.set(Flow::Cut).await?;
        self.inside.leave(self.container.name()).await
    }

    async fn heal(&self) -> Result<(), WorldError> {
        self.links.set(Flow::Open).await?;
        if self.container.address(&self.inside).await?.is_some() {
            return Ok(());
        }
        let at = self.at.lock().await;
        self.inside.join(self.container.name(), &self.names(), at.as_deref()).await
    }

    fn names(&self) -> Vec<String> {
        vec![self.awaited.name.clone()]
    }
}

impl Controller for Contained {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async move {
            match control {
                Control::Kill => self.container.kill().await,
                Control::Pause => self.container.pause().await,
                Control::Resume => self.container.resume().await,
                Control::Restart => Self::reboot(self, &Reboot::default()).await.map(drop),
                Control::CutOff => self.cut_off().await,
                Control::Heal => self.heal().await,
            }
        })
    }

    fn reboot<'a>(&'a self, reboot: &'a Reboot) -> BoxFuture<'a, Result<Boot, WorldError>> {
        Box::pin(Self::reboot(self, reboot))
    }

    fn way<'a>(&'a self, caller: &'a str, flow: Flow) -> BoxFuture<'a, Result<(), WorldError>> {
        Box::pin(self.links.way(&self.awaited.name, caller, flow))
    }

    fn state(&self) -> BoxFuture<'_, Option<Value>> {
        // What cannot be asked any more has no state.
        Box::pin(async { self.container.state().await.ok() })
    }
}

/// A container that other worlds share, or a task of this process: this world cannot disturb it.
pub(crate) struct Untouchable {
    pub(crate) service: String,
}

impl Controller for Untouchable {
    fn control(&self, _: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        let service = &self.service;
        let why = format!("this world shares `{service}` with others: name it in `disturbs`");
        Box::pin(async { Err(WorldError::Usage(why)) })
    }
}
