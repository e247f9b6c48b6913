//! Pausing, killing and cutting off services of a process world.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use harness_model::topology::Ready;
use nix::sys::signal::Signal;
use tokio::sync::Mutex;

use super::child::{Child, Order};
use super::ground::Ground;
use super::link::{Flow, Link};
use super::ready::Starting;
use crate::world::{Control, Controller, LogBook, WorldError};

/// A child process of the world.
pub(crate) struct Program {
    pub(crate) ground: Arc<Ground>,
    pub(crate) order: Order,
    pub(crate) ready: Vec<Ready>,
    /// Where it listens itself.
    pub(crate) address: String,
    pub(crate) log: LogBook,
    pub(crate) child: Arc<Mutex<Child>>,
    pub(crate) link: Option<Link>,
}

impl Program {
    /// Starts the child of an order and has the keeper watch over it.
    pub(crate) async fn spawn(ground: &Ground, order: &Order, log: &LogBook) -> Result<Child, WorldError> {
        let child = Child::spawn(order, log)?;
        ground.keeper.track(child.group()).await?;
        Ok(child)
    }

    /// Waits until a child is ready.
    pub(crate) async fn wait_ready(
        &self,
        child: &Child,
        from: crate::world::Position,
    ) -> Result<(), WorldError> {
        let starting = Starting {
            name: &self.order.service,
            child: Some(child),
            log: &self.log,
            from,
            address: &self.address,
            http: &self.ground.http,
            within: self.ground.options.ready_within,
        };
        starting.wait(&self.ready).await
    }

    async fn restart(&self) -> Result<(), WorldError> {
        let mut child = self.child.lock().await;
        child.kill().await?;
        self.ground.keeper.untrack(child.group()).await?;
        let from = self.log.position();
        *child = Self::spawn(&self.ground, &self.order, &self.log).await?;
        self.wait_ready(&child, from).await
    }
}

impl Controller for Program {
    fn control(&self, control: Control) -> BoxFuture<'_, Result<(), WorldError>> {
        Box::pin(async move {
            match control {
                Control::Kill => self.child.lock().await.kill().await,
                Control::Pause => self.child.lock().await.signal(Signal::SIGSTOP),
                Control::Resume => self.child.lock().await.signal(Signal::SIGCONT),
                Control::Restart => self.restart().await,
                Control::CutOff => set(self.link.as_ref(), Flow::Cut, &self.order.service).await,
                Control::Heal => set(self.link.as_ref(), Flow::Open, &self.order.service).await,
            }
        })
    }
}

/// A service that other worlds share, or a task of this process: only its link is disturbed.
pub(crate) struct Linked {
    pub(crate) name: String,
    pub(crate) link: Option<Link>,
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
                set(self.link.as_ref(), Flow::Cut, &self.name).await?;
            }
            set(self.link.as_ref(), flow, &self.name).await
        })
    }
}

async fn set(link: Option<&Link>, flow: Flow, service: &str) -> Result<(), WorldError> {
    let link = link.ok_or_else(|| {
        WorldError::Usage(format!("this world was made without a link to `{service}`: name it in `disturbs`"))
    })?;
    link.set(flow).await;
    Ok(())
}
