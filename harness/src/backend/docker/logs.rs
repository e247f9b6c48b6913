//! What a container writes, line by line into a log book, over all its starts.

use std::sync::Arc;
use std::time::Duration;

use bollard::Docker;
use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::StreamExt as _;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

use crate::world::{LogBook, Stream};

/// The longest that the engine may take to hand over the last lines of a container that has ended.
const DRAINED_WITHIN: Duration = Duration::from_secs(10);

/// Reads a container's log; ends when dropped.
#[derive(Debug)]
pub(crate) struct Follower {
    docker: Docker,
    container: String,
    log: LogBook,
    /// When the engine wrote the last line that was read: a later start is read from there on.
    last: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

impl Follower {
    /// Reads from the first line on.
    pub(crate) fn start(docker: &Docker, container: &str, log: &LogBook) -> Self {
        let last = Arc::<Mutex<String>>::default();
        let task = tokio::spawn(read(docker.clone(), container.to_owned(), log.clone(), last.clone()));
        Self { docker: docker.clone(), container: container.to_owned(), log: log.clone(), last, task }
    }

    /// Waits until what a container that has ended wrote was read: the engine ends its stream then.
    pub(crate) async fn drained(&mut self) {
        if !self.task.is_finished() {
            let _ = tokio::time::timeout(DRAINED_WITHIN, &mut self.task).await;
        }
    }

    /// Where the lines go.
    pub(crate) fn log(&self) -> &LogBook {
        &self.log
    }

    /// Goes on with a container that was started anew: the engine ends its stream when a container ends.
    pub(crate) fn resume(&mut self) {
        self.task.abort();
        let (docker, container) = (self.docker.clone(), self.container.clone());
        self.task = tokio::spawn(read(docker, container, self.log.clone(), self.last.clone()));
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn read(docker: Docker, container: String, log: LogBook, last: Arc<Mutex<String>>) {
    let options =
        LogsOptionsBuilder::new().follow(true).stdout(true).stderr(true).timestamps(true).tail("all");
    let mut lines = Box::pin(docker.logs(&container, Some(options.build())));
    // What an earlier start wrote has been read. Times have a fixed width, so that they compare as text.
    let read_before = last.lock().await.clone();
    // It ends with the container, or with the engine, and then everything fails.
    while let Some(Ok(line)) = lines.next().await {
        let (stream, message) = match line {
            LogOutput::StdErr { message } => (Stream::Err, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } => (Stream::Out, message),
            LogOutput::StdIn { .. } => continue,
        };
        let message = String::from_utf8_lossy(&message);
        let (at, text) = message.split_once(' ').unwrap_or(("", &message));
        if at > read_before.as_str() {
            at.clone_into(&mut *last.lock().await);
            log.push(stream, text.trim_end_matches(['\n', '\r']));
        }
    }
}
