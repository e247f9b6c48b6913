//! The moving lines under the report: one per world that boots, one per case that runs.

use std::collections::HashMap;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Moving lines, by the name of what moves.
pub(super) struct Live {
    all: MultiProgress,
    lines: HashMap<String, ProgressBar>,
}

impl Live {
    pub(super) fn on_terminal() -> Self {
        Live::with(ProgressDrawTarget::stderr())
    }

    pub(super) fn hidden() -> Self {
        Live::with(ProgressDrawTarget::hidden())
    }

    fn with(target: ProgressDrawTarget) -> Self {
        Live { all: MultiProgress::with_draw_target(target), lines: HashMap::new() }
    }

    pub(super) fn begin(&mut self, name: &str, title: &str) {
        if self.all.is_hidden() {
            return;
        }
        let style = ProgressStyle::with_template("{spinner:>7} {elapsed:>6} {prefix}  {msg:.dim}")
            .expect("the template is a constant");
        let line = self.all.add(ProgressBar::new_spinner().with_style(style));
        line.set_prefix(title.to_owned());
        line.enable_steady_tick(Duration::from_millis(120));
        self.lines.insert(name.to_owned(), line);
    }

    pub(super) fn step(&mut self, name: &str, step: &str) {
        if let Some(line) = self.lines.get(name) {
            line.set_message(step.to_owned());
        }
    }

    pub(super) fn end(&mut self, name: &str) {
        if let Some(line) = self.lines.remove(name) {
            line.finish_and_clear();
        }
    }

    pub(super) fn clear(&mut self) {
        for (_, line) in self.lines.drain() {
            line.finish_and_clear();
        }
    }

    /// Writes while the moving lines are out of the way.
    pub(super) fn suspended<T>(&self, write: impl FnOnce() -> T) -> T {
        self.all.suspend(write)
    }
}
