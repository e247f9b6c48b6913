//! Pausing, killing and cutting off services of a process world.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use nix::sys::signal::Signal;
use tokio::sync::Mutex;

use super::child::{Child, Order};
use super::ground::Ground;
use crate::backend::links::Links;
use crate::backend::ready::Awaited;
use crate::world::{Boot, Control, Controller, Flow, LogBook, Looked, Reboot, WorldError};

/// A child process of the world.
pub(crate) struct Program {
    pub(crate) ground: Arc<Ground>,
    pub(crate) order: Order,
    pub(crate) awaited: Awaited,
    pub(crate) child: Arc<Mutex<Child>>,
    pub(crate) links: Links,
}

impl Program {
    /// Starts the child of an order and has the keeper watch over it.
    pub(crate) async fn spawn(ground: &Ground, order: &Order, log: &LogBook) -> Result<Child, WorldError> {
        let child = Child::spawn(order, log)?;
        ground.base.keeper.track(child.group()).await?;
        Ok(child)
    }

    async fn restart(&self, reboot: &Reboot) -> Result<Boot, WorldError> {
        let mut child = self.child.lock().await;
        child.kill().await?;
        self.ground.base.keeper.untrack(child.group()).await?;
        let env = reboot.over(&self.order.env, |text| Looked::Plain(text.to_owned()));
        let order = Order { env, ..self.order.clone() };
        let from = self.awaited.before(reboot);
        *child = Self::spawn(&self.ground, &order, &self.awaited.log).await?;
        self.awaited.booted(reboot, &*child, from).await
    }
}

impl Controller for Program {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async move {
            match control {
                Control::Kill => self.child.lock().await.kill().await,
                Control::Pause => self.child.lock().await.signal(Signal::SIGSTOP),
                Control::Resume => self.child.lock().await.signal(Signal::SIGCONT),
                Control::Restart => self.restart(&Reboot::default()).await.map(drop),
                Control::CutOff => set(&self.links, Flow::Cut, &self.order.service).await,
                Control::Heal => set(&self.links, Flow::Open, &self.order.service).await,
            }
        })
    }

    fn reboot<'a>(&'a self, reboot: &'a Reboot) -> BoxFuture<'a, Result<Boot, WorldError>> {
        Box::pin(self.restart(reboot))
    }

    fn way<'a>(&'a self, caller: &'a str, flow: Flow) -> BoxFuture<'a, Result<(), WorldError>> {
        Box::pin(self.links.way(&self.order.service, caller, flow))
    }
}

/// A service that other worlds share, or a task of this process: only its link is disturbed.
pub(crate) struct Linked {
    pub(crate) name: String,
    pub(crate) links: Links,
}

impl Controller for Linked {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        let flow = match control {
            Control::Kill | Control::CutOff => Flow::Cut,
            Control::Pause => Flow::Paused,
            Control::Resume | Control::Restart | Control::Heal => Flow::Open,
        };
        Box::pin(async move {
            if control == Control::Restart {
                set(&self.links, Flow::Cut, &self.name).await?;
            }
            set(&self.links, flow, &self.name).await
        })
    }

    fn way<'a>(&'a self, caller: &'a str, flow: Flow) -> BoxFuture<'a, Result<(), WorldError>> {
        Box::pin(self.links.way(&self.name, caller, flow))
    }
}

async fn set(links: &Links, flow: Flow, service: &str) -> Result<(), WorldError> {
    if links.all.is_none() {
        let what = format!("this world was made without a link to `{service}`: name it in `disturbs`");
        return Err(WorldError::Usage(what));
    }
    links.set(flow).await
}
