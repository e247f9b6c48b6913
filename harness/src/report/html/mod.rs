//! One page that holds a whole run: no other file, no network, and no JavaScript needed to read it.
//!
//! - `story` folds the events; `entry` is one thing that happened;
//! - `clock` puts a case on one clock, `drawing` draws its topology;
//! - `failed` is a failure with its evidence;
//! - `ledger` is what the project promises and what the run has shown of it;
//! - `page` decides how much of each case is told and fills the templates `page.html`, `case.html`,
//!   `failure.html`, `ledger.html` with `style.css`.

#[cfg(test)]
mod browser;
mod clock;
mod drawing;
mod entry;
mod failed;
mod ledger;
mod page;
mod story;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use harness_model::event::Stamped;

use super::Reporter;
use story::Story;

/// Writes the page when the run is over.
pub struct Html {
    path: PathBuf,
    story: Story,
}

impl Html {
    /// A page that will be written to `path`.
    #[must_use]
    pub fn to(path: PathBuf) -> Self {
        Html { path, story: Story::default() }
    }
}

impl Reporter for Html {
    fn event(&mut self, event: &Stamped) -> io::Result<()> {
        self.story.event(event);
        Ok(())
    }

    fn finish(&mut self) -> io::Result<()> {
        super::log::write_file(&self.path, &page::render(&self.story)?)
    }
}

/// The page of a recorded run.
///
/// # Errors
/// When a template cannot be rendered, which no run can bring about.
pub fn render<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> io::Result<String> {
    page::render(&Story::of(events))
}
