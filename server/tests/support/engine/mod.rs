//! Docker engines for tests: one that answers as told, and the machine's own.

mod agent;
mod real;
mod scripted;

pub(crate) use real::RealEngine;
pub(crate) use scripted::{Container as ScriptedContainer, Engine};
