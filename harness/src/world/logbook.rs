//! What a service wrote, line by line: bounded in memory, complete in a file.
//!
//! In memory a line is as it was written: that no service logs a secret can only be judged so. In the file it is
//! masked.
//!
//! A [`Position`] taken before a step finds what the step caused. Lines beyond the memory bound
//! are dropped from the front; positions stay valid and the reader is told how many are gone.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::io::AsyncBufReadExt as _;
use tokio::sync::watch;

use crate::secrets::Secrets;

/// The most lines kept in memory.
pub(crate) const LINES_MAX: usize = 20_000;
/// How often a file that another process writes is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(20);
/// The most bytes kept of one line; the rest is cut and marked.
pub(crate) const LINE_BYTES_MAX: usize = 64 * 1024;

/// A place in a log: the number of lines written before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

/// Which stream a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
    /// The harness's own note, such as `killed`.
    Harness,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    /// How many lines came before it.
    pub position: Position,
    /// When the harness read it.
    pub at: DateTime<Utc>,
    /// Where it came from.
    pub stream: Stream,
    /// Its text, without the line end.
    pub text: String,
}

/// The log of one service; clones share it.
#[derive(Clone, Debug)]
pub struct LogBook {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    book: Mutex<Book>,
    written: watch::Sender<u64>,
    path: Option<PathBuf>,
}

#[derive(Debug, Default)]
struct Book {
    lines: VecDeque<LogLine>,
    next: u64,
    file: Option<File>,
    hidden: Secrets,
}

impl Default for LogBook {
    fn default() -> Self {
        Self::in_memory()
    }
}

impl LogBook {
    /// A log that is only kept in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::with(None, None)
    }

    /// A log that is also written to a file.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        Ok(Self::with(Some(File::create(path)?), Some(path.to_owned())))
    }

    /// The log of a service that another process runs: what its file holds and what comes, with these secrets
    /// back in their places.
    ///
    /// Ends following when the last clone is dropped.
    #[must_use]
    pub fn follow(path: &Path, secrets: &Secrets) -> Self {
        let log = Self::with(None, Some(path.to_owned()));
        let follower = Arc::downgrade(&log.shared);
        let (path, secrets) = (path.to_owned(), secrets.clone());
        tokio::spawn(async move {
            let Ok(file) = tokio::fs::File::open(&path).await else { return };
            let mut reader = tokio::io::BufReader::new(file);
            let mut line = String::new();
            while let Some(shared) = follower.upgrade() {
                match reader.read_line(&mut line).await {
                    // A line is whole when its end is there; until then the rest may still come.
                    Ok(1..) if line.ends_with('\n') => {
                        let whole = secrets.unmask(line.trim_end_matches(['\n', '\r']));
                        Self { shared }.push(Stream::Out, &whole);
                        line.clear();
                    }
                    Ok(_) => {
                        drop(shared);
                        tokio::time::sleep(FOLLOW_EVERY).await;
                    }
                    Err(_) => return,
                }
            }
        });
        log
    }

    /// Keeps these secrets out of the file from now on, also those that become known later.
    pub fn hide(&self, secrets: &Secrets) {
        self.lock().hidden = secrets.clone();
    }

    fn with(file: Option<File>, path: Option<PathBuf>) -> Self {
        let book = Mutex::new(Book { file, ..Book::default() });
        Self { shared: Arc::new(Shared { book, written: watch::Sender::new(0), path }) }
    }

    /// The file that holds every line.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.shared.path.as_deref()
    }

    /// Adds a line.
    pub fn push(&self, stream: Stream, text: &str) {
        let mut book = self.lock();
        let position = Position(book.next);
        let text = bounded(text, &book.hidden);
        let Book { file, hidden, .. } = &mut *book;
        if let Some(file) = file {
            // A full disk must not take the world down; the memory copy still serves.
            let _ = writeln!(file, "{}", hidden.mask(&text));
        }
        book.lines.push_back(LogLine { position, at: Utc::now(), stream, text });
        if book.lines.len() > LINES_MAX {
            book.lines.pop_front();
        }
        book.next += 1;
        let next = book.next;
        drop(book);
        self.shared.written.send_replace(next);
    }

    /// The position after the last line.
    #[must_use]
    pub fn position(&self) -> Position {
        Position(self.lock().next)
    }

    /// The lines from a position on that are still in memory.
    #[must_use]
    pub fn since(&self, position: Position) -> Vec<LogLine> {
        let book = self.lock();
        let first = book.lines.front().map_or(book.next, |line| line.position.0);
        let skip = usize::try_from(position.0.saturating_sub(first)).unwrap_or(usize::MAX);
        book.lines.iter().skip(skip).cloned().collect()
    }

    /// How many lines from a position on are no longer in memory.
    #[must_use]
    pub fn lost_since(&self, position: Position) -> u64 {
        let book = self.lock();
        let first = book.lines.front().map_or(book.next, |line| line.position.0);
        first.saturating_sub(position.0)
    }

    /// The last lines.
    #[must_use]
    pub fn tail(&self, count: usize) -> Vec<LogLine> {
        let book = self.lock();
        book.lines.iter().skip(book.lines.len().saturating_sub(count)).cloned().collect()
    }

    /// The last lines as text, as far as anybody may read them: without the secrets that are kept out of the file.
    #[must_use]
    pub fn told(&self, count: usize) -> String {
        let hidden = self.lock().hidden.clone();
        let lines = self.tail(count).into_iter().map(|line| hidden.mask(&line.text).into_owned());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Waits for a line from a position on, at most this long.
    pub async fn wait_for(
        &self,
        from: Position,
        within: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> Option<LogLine> {
        tokio::time::timeout(within, self.find(from, wanted)).await.ok()
    }

    async fn find(&self, mut from: Position, wanted: impl Fn(&str) -> bool) -> LogLine {
        let mut written = self.shared.written.subscribe();
        loop {
            for line in self.since(from) {
                from = Position(line.position.0 + 1);
                if wanted(&line.text) {
                    return line;
                }
            }
            // The sender lives as long as `self`, so this cannot end while someone waits.
            let _ = written.wait_for(|next| *next > from.0).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The line as far as it is kept; half a secret could not be masked any more.
fn bounded(text: &str, hidden: &Secrets) -> String {
    if text.len() <= LINE_BYTES_MAX {
        return text.to_owned();
    }
    let end = hidden.cut(text, text.floor_char_boundary(LINE_BYTES_MAX));
    format!("{} ... ({} bytes cut)", &text[..end], text.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_finds_what_came_after_it() {
        let log = LogBook::in_memory();
        log.push(Stream::Out, "before");
        let mark = log.position();
        log.push(Stream::Err, "after");
        let texts: Vec<_> = log.since(mark).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["after"]);
        assert_eq!(log.tail(5).len(), 2);
    }

    #[test]
    fn memory_is_bounded_and_says_what_it_dropped() {
        let log = LogBook::in_memory();
        for number in 0..LINES_MAX + 3 {
            log.push(Stream::Out, &number.to_string());
        }
        assert_eq!(log.since(Position(0)).len(), LINES_MAX);
        assert_eq!(log.lost_since(Position(0)), 3);
        assert_eq!(log.lost_since(Position(3)), 0);
        assert_eq!(log.since(Position(LINES_MAX as u64 + 2)).len(), 1);
    }

    #[test]
    fn a_long_line_is_cut_on_a_character_boundary() {
        let log = LogBook::in_memory();
        log.push(Stream::Out, &"\u{e4}".repeat(LINE_BYTES_MAX));
        let line = &log.tail(1)[0].text;
        assert!(line.len() < LINE_BYTES_MAX + 40 && line.ends_with("bytes cut)"), "{}", line.len());
    }

    #[test]
    fn a_secret_stands_in_memory_but_not_in_the_file_nor_at_the_end_of_a_cut_line() {
        let folder = tempfile::tempdir().unwrap();
        let log = LogBook::to_file(&folder.path().join("log")).unwrap();
        let secrets = Secrets::default();
        log.hide(&secrets);
        secrets.add("token", &"hunter2-hunter2".into());
        log.push(Stream::Out, "token hunter2-hunter2");
        log.push(Stream::Out, &format!("{}hunter2-hunter2", "x".repeat(LINE_BYTES_MAX - 5)));
        assert_eq!(log.since(Position(0))[0].text, "token hunter2-hunter2");
        assert!(!log.since(Position(0))[1].text.contains("hun"), "half of it cannot be masked");
        let written = std::fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(written.starts_with("token [secret token]\n") && !written.contains("hunter2"));
        let told = log.told(2);
        assert!(told.starts_with("token [secret token]\n") && !told.contains("hun"), "{told}");
    }

    #[tokio::test]
    async fn a_followed_file_gives_what_it_holds_and_what_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let written = LogBook::to_file(&path).unwrap();
        let secrets = Secrets::default();
        secrets.add("token", &"hunter2-hunter2".into());
        written.hide(&secrets);
        written.push(Stream::Out, "before");
        let read = LogBook::follow(&path, &secrets);
        let within = Duration::from_secs(10);
        assert!(read.wait_for(Position(0), within, |line| line == "before").await.is_some());
        written.push(Stream::Out, "after hunter2-hunter2");
        let after = read.wait_for(Position(0), within, |line| line == "after hunter2-hunter2").await;
        assert_eq!(after.map(|line| line.position), Some(Position(1)));
    }

    #[tokio::test]
    async fn waiting_sees_lines_written_before_and_during_the_wait() {
        let log = LogBook::in_memory();
        log.push(Stream::Out, "ready one");
        let within = Duration::from_secs(5);
        assert!(log.wait_for(Position(0), within, |line| line.contains("one")).await.is_some());
        let writer = log.clone();
        let found = log.wait_for(log.position(), within, |line| line == "ready two");
        let (found, ()) = tokio::join!(found, async move { writer.push(Stream::Out, "ready two") });
        assert_eq!(found.map(|line| line.position), Some(Position(1)));
        assert!(log.wait_for(Position(0), Duration::ZERO, |line| line == "never").await.is_none());
    }
}
