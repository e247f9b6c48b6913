//! What carries worlds: [`process`], child processes and in-process tasks, or [`docker`], containers.
//!
//! A backend turns a planned world into running services and hands back the same
//! [`crate::world::Service`] handles, so that neither the engine nor a replay can tell which one
//! carries them.
//!
//! What a backend brings is [`carrier`]; the rest is the same for both. [`base`] is what the worlds of one
//! harness process stand on, [`make`] makes one from a [`draft`], starting services in the order they need each
//! other ([`order`]) and waiting for the same conditions ([`ready`]). A [`link`] relays what a replay disturbs, and
//! [`links`] are those of one service. [`template`] makes a world cheap, [`fresh`] compares what runs with the working
//! tree, [`told`] tells reports, and [`cleanup`] ends it.

pub(crate) mod base;
pub(crate) mod carrier;
pub(crate) mod cleanup;
pub mod docker;
pub(crate) mod draft;
pub(crate) mod fresh;
pub(crate) mod link;
pub(crate) mod links;
pub(crate) mod make;
pub(crate) mod order;
pub mod process;
pub(crate) mod ready;
pub(crate) mod template;
pub(crate) mod told;
