//! How an agent answers: scripted per method, for so many calls or until told otherwise.

mod act;
mod book;
mod order;

pub(super) use act::{Answer, Call, act, json_response, rpc_error};
pub(super) use book::{Book, Imposed};
pub(super) use order::{Behaviour, Manner, Order};
