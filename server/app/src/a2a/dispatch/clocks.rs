//! The two clocks of an exchange: silence of the workspace, and an absolute end.

use std::time::Duration;

use futures_util::StreamExt as _;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::{Busy, Feed};

/// When an exchange is given up although the connection stands.
pub struct Clocks {
    idle: Option<(Duration, Feed)>,
    ceiling: Option<Duration>,
}

impl Clocks {
    /// Gives up after `window` without any event in `feed`, and in any case after `ceiling`.
    pub fn new(window: Duration, feed: Feed, ceiling: Option<Duration>) -> Self {
        Self { idle: Some((window, feed)), ceiling }
    }

    /// Waits as long as the connection stands.
    pub fn none() -> Self {
        Self { idle: None, ceiling: None }
    }

    /// Resolves when the first clock runs out; dropping it ends the subscription.
    pub(super) async fn expired(self) -> Busy {
        let start = Instant::now();
        let ceiling = async {
            match self.ceiling {
                Some(limit) => sleep_until(start + limit).await,
                None => std::future::pending().await,
            }
        };
        let idle = async {
            match self.idle {
                Some((window, feed)) => silence(window, feed).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = idle => Busy::Idle,
            () = ceiling => Busy::Ceiling,
        }
    }
}

/// Returns after `window` without an event; a feed that ended leaves the plain timer.
async fn silence(window: Duration, mut feed: Feed) {
    let mut deadline = Instant::now() + window;
    loop {
        match timeout_at(deadline, feed.next()).await {
            Ok(Some(())) => deadline = Instant::now() + window,
            Ok(None) => return sleep_until(deadline).await,
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::sync::mpsc;

    use super::*;

    const WINDOW: Duration = Duration::from_secs(300);

    fn channel() -> (mpsc::Sender<()>, Feed) {
        let (send, mut receive) = mpsc::channel(4);
        (send, Box::pin(stream::poll_fn(move |cx| receive.poll_recv(cx))))
    }

    /// Ledger: A2A-13.
    #[tokio::test(start_paused = true)]
    async fn every_event_re_arms_the_idle_clock() {
        let (events, feed) = channel();
        let start = Instant::now();
        let beats = async {
            for _ in 0..5 {
                tokio::time::sleep(WINDOW - Duration::from_secs(1)).await;
                events.send(()).await.expect("somebody listens");
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            clock = Clocks::new(WINDOW, feed, None).expired() => assert_eq!(clock, Busy::Idle),
            () = beats => unreachable!("beats never end"),
        }
        assert_eq!(start.elapsed(), 5 * (WINDOW - Duration::from_secs(1)) + WINDOW);
    }

    /// Ledger: A2A-60.
    #[tokio::test(start_paused = true)]
    async fn a_feed_that_ended_leaves_the_plain_timer() {
        let start = Instant::now();
        let clock = Clocks::new(WINDOW, Box::pin(stream::empty()), None).expired().await;
        assert_eq!((clock, start.elapsed()), (Busy::Idle, WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn the_ceiling_ends_a_lively_exchange() {
        let start = Instant::now();
        let lively = Box::pin(stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Some(((), ()))
        }));
        let clock = Clocks::new(WINDOW, lively, Some(Duration::from_secs(1800))).expired().await;
        assert_eq!((clock, start.elapsed()), (Busy::Ceiling, Duration::from_secs(1800)));
    }

    /// Ledger: A2A-60.
    #[tokio::test(start_paused = true)]
    async fn giving_the_exchange_up_ends_the_subscription() {
        let (events, feed) = channel();
        drop(Clocks::new(WINDOW, feed, None).expired());
        assert!(events.is_closed());
    }
}
