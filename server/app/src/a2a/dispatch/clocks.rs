//! The two clocks of an exchange: silence of the workspace, and an absolute end.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::{Busy, LastSign};

/// When an exchange is given up although the connection stands.
pub struct Clocks {
    idle: Option<(Duration, LastSign)>,
    ceiling: Option<Duration>,
}

impl Clocks {
    /// Gives up after `window` without any sign, and in any case after `ceiling`.
    pub fn new(window: Duration, last: LastSign, ceiling: Option<Duration>) -> Self {
        Self { idle: Some((window, last)), ceiling }
    }

    /// Waits as long as the connection stands.
    pub fn none() -> Self {
        Self { idle: None, ceiling: None }
    }

    /// Resolves when the first clock runs out; dropping it gives up whatever tells of signs.
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
                Some((window, last)) => silence(window, last).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = idle => Busy::Idle,
            () = ceiling => Busy::Ceiling,
        }
    }
}

/// Returns after `window` without a sign.
async fn silence(window: Duration, last: LastSign) {
    let mut deadline = Instant::now() + window;
    loop {
        sleep_until(deadline).await;
        let next = last() + window;
        if next <= deadline {
            return;
        }
        deadline = next;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    const WINDOW: Duration = Duration::from_secs(300);

    /// A sign that is given by hand.
    fn signs() -> (impl Fn(), LastSign) {
        let last = Arc::new(Mutex::new(Instant::now()));
        let given = Arc::clone(&last);
        let give = move || *given.lock().expect("no panic") = Instant::now();
        (give, Box::new(move || *last.lock().expect("no panic")))
    }

    /// Ledger: A2A-13.
    #[tokio::test(start_paused = true)]
    async fn every_sign_re_arms_the_idle_clock() {
        let (give, last) = signs();
        let start = Instant::now();
        let beats = async {
            for _ in 0..5 {
                tokio::time::sleep(WINDOW - Duration::from_secs(1)).await;
                give();
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            clock = Clocks::new(WINDOW, last, None).expired() => assert_eq!(clock, Busy::Idle),
            () = beats => unreachable!("beats never end"),
        }
        assert_eq!(start.elapsed(), 5 * (WINDOW - Duration::from_secs(1)) + WINDOW);
    }

    /// A sign from before the exchange, and one that never comes.
    #[tokio::test(start_paused = true)]
    async fn without_a_sign_the_window_is_all_there_is() {
        let (_, last) = signs();
        tokio::time::advance(WINDOW / 2).await;
        let start = Instant::now();
        let clock = Clocks::new(WINDOW, last, None).expired().await;
        assert_eq!((clock, start.elapsed()), (Busy::Idle, WINDOW));
    }

    #[tokio::test(start_paused = true)]
    async fn the_ceiling_ends_a_lively_exchange() {
        let start = Instant::now();
        let lively = Box::new(Instant::now);
        let clock = Clocks::new(WINDOW, lively, Some(Duration::from_secs(1800))).expired().await;
        assert_eq!((clock, start.elapsed()), (Busy::Ceiling, Duration::from_secs(1800)));
    }

    /// Ledger: A2A-60.
    #[tokio::test(start_paused = true)]
    async fn giving_the_exchange_up_lets_go_of_the_workspace() {
        let held = Arc::new(());
        let own = Arc::clone(&held);
        let last = Box::new(move || (Instant::now(), &own).0);
        drop(Clocks::new(WINDOW, last, None).expired());
        assert_eq!(Arc::strong_count(&held), 1);
    }
}
