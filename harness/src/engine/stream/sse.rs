//! Server-sent events.

use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode};
use tokio::task::JoinHandle;

use super::{Feed, Frame};
use crate::engine::http::{Client, Opened, Request, Transport};

/// An open event stream; dropping it closes the connection.
#[derive(Debug)]
pub struct EventStream {
    /// What has arrived.
    pub feed: Feed,
    /// The status of the response.
    pub status: StatusCode,
    /// Its header lines.
    pub headers: HeaderMap,
    task: JoinHandle<()>,
}

impl EventStream {
    /// Opens a stream. Any status opens one: what came back is for the step to judge.
    ///
    /// # Errors
    /// A [`Transport`] error when no response head came.
    pub async fn open(client: &Client, request: &Request) -> Result<Self, Transport> {
        let opened = client.open(request).await?;
        let (status, headers, feed) = (opened.status, opened.headers.clone(), Feed::default());
        let task = tokio::spawn(pump(opened, feed.clone()));
        Ok(Self { feed, status, headers, task })
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn pump(opened: Opened, feed: Feed) {
    let chunks = futures_util::stream::unfold(opened, |mut opened| async move {
        let chunk = opened.chunk().await.transpose()?;
        Some((chunk, opened))
    });
    let mut events = Box::pin(chunks.eventsource());
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                let id = (!event.id.is_empty()).then_some(event.id);
                let (name, text) = (Some(event.event), Some(event.data));
                if !feed.push(Frame { event: name, id, text, ..Frame::default() }) {
                    return;
                }
            }
            Err(error) => {
                feed.end(None, &error.to_string());
                return;
            }
        }
    }
    feed.end(None, "the server ended the stream");
}
