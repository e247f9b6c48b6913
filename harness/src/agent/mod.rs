//! Agent stand-ins: what runs inside a workspace, as far as a platform can tell, scripted from outside.
//!
//! One [`AgentHost`] holds any number of agents, each with a port and a disk of its own:
//!
//! - [`control`]: `/__agent/...`, how a harness spawns, scripts and reads agents;
//! - [`serve`]: what an agent answers (card, A2A v0.3, chat files, transcript);
//! - [`behaviour`]: how an answer may be scripted or spoiled, per method and for so many calls;
//! - [`door`]: the listening socket, which can be shut or made to swallow connections;
//! - [`platform`]: what an agent does by itself (register, beat, look at delegations, poll);
//! - [`tools`]: what a model would call, with the texts it would read.
//!
//! # Control API
//! | Route | Body |
//! |---|---|
//! | `GET /__agent/health` | |
//! | `GET /__agent/agents` | |
//! | `GET /__agent/requests` | |
//! | `POST /__agent/agents` | [`Spawn`] |
//! | `GET`, `DELETE /__agent/agents/{ws}` | |
//! | `POST /__agent/agents/{ws}/register` | |
//! | `PUT`, `DELETE /__agent/agents/{ws}/behaviour` | [`behaviour::Order`] |
//! | `PUT /__agent/agents/{ws}/heartbeat` | changed fields of the beat |
//! | `PUT /__agent/agents/{ws}/uploads` | `force`, `slow_read_ms`, `secret` |
//! | `PUT /__agent/agents/{ws}/files` | `path` with `content`, `base64`, `symlink_to` or `remove` |
//! | `POST /__agent/agents/{ws}/tools/{tool}` | `args`, `as` |
//! | `POST /__agent/agents/{ws}/envelope` | a raw inbound row |
//! | `POST /__agent/fetch` | one request |
//!
//! The same workspace id may exist in two orgs; `?org=` then says which is meant.

mod behaviour;
mod control;
mod disk;
mod door;
mod host;
mod journal;
mod platform;
mod ports;
mod seams;
mod serve;
mod settings;
mod spawn;
mod standin;
mod tools;

#[cfg(test)]
mod tests;

pub use host::{AgentHost, HostConfig};
pub use spawn::{DeliveryMode, Spawn};
