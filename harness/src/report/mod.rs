//! Reports: folds over the events of a run, one file per report.
//!
//! - [`terminal`]: what a person reads, live on a terminal and plain in a pipe;
//! - [`failure`]: one failure on one screen, used by the terminal and by JUnit;
//! - [`junit`], [`json`], [`tap`] and [`github`]: for machines; all fold through [`view::RunView`];
//! - [`html`]: one page that holds everything, for a browser;
//! - [`log`]: the events themselves, one per line, from which every other report can be made again.
//!
//! [`style`] and [`text`] are what they share; [`target`] is how a command line names a report, [`file`](mod@file) a report that is one text.
//!
//! A report decides nothing: verdicts and the summary are in the events.

pub mod failure;
pub mod file;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod log;
pub mod style;
pub mod tap;
pub mod target;
pub mod terminal;
pub mod text;
pub mod view;

use std::io;

use harness_model::event::Stamped;

/// A fold over the events of a run. Events arrive in order, from one thread at a time.
pub trait Reporter: Send {
    /// Takes one event.
    ///
    /// # Errors
    /// When the report cannot be written.
    fn event(&mut self, event: &Stamped) -> io::Result<()>;

    /// Called once, after the last event; also when the run was cut off.
    ///
    /// # Errors
    /// When the report cannot be written.
    fn finish(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
