//! A report that is one text, drawn when the run is over.

use std::io;
use std::path::PathBuf;

use harness_model::event::Stamped;

use super::Reporter;
use super::view::RunView;

/// Draws the text of a report.
pub type Draw = fn(&RunView) -> io::Result<String>;

/// Writes a file when the run is over.
pub struct File {
    path: PathBuf,
    draw: Draw,
    view: RunView,
}

impl File {
    /// A report that will be drawn to `path`.
    #[must_use]
    pub fn new(path: PathBuf, draw: Draw) -> Self {
        File { path, draw, view: RunView::default() }
    }
}

impl Reporter for File {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        self.view.event(&event.event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        super::log::write_file(&self.path, &(self.draw)(&self.view)?)
    }
}
