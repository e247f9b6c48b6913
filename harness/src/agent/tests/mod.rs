//! Agents on real sockets against a scripted platform.

mod behaviours;
mod envelope;
mod files;
mod heartbeat;
mod host;
mod platform;
mod poll;
mod register;
mod tools;
