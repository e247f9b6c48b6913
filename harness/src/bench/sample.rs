//! Times of one thing, and taking them in turns with another.

use std::future::Future;
use std::time::{Duration, Instant};

use super::{BenchError, Peer};

/// Times of one thing, in the order taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// Adds one.
    pub fn push(&mut self, took: Duration) {
        self.0.push(took);
    }

    /// The middle one; the lower of two.
    #[must_use]
    pub fn median(&self) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len().saturating_sub(1) / 2).copied().unwrap_or_default()
    }

    /// The quickest and the slowest.
    #[must_use]
    pub fn range(&self) -> (Duration, Duration) {
        let quickest = self.0.iter().min().copied().unwrap_or_default();
        (quickest, self.0.iter().max().copied().unwrap_or_default())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Our median over theirs; none when theirs is nothing.
    #[must_use]
    pub fn over(&self, theirs: &Self) -> Option<f64> {
        let theirs = theirs.median().as_secs_f64();
        (theirs > 0.0).then(|| self.median().as_secs_f64() / theirs)
    }
}

/// Times both in turns, so that whatever else the machine does falls on both alike. The first turn of each
/// only warms up.
///
/// # Errors
/// The first error of either.
pub(super) async fn in_turns<A, B>(
    rounds: usize,
    mut ours: impl FnMut() -> A,
    name: &'static str,
    mut theirs: impl FnMut() -> B,
) -> Result<(Samples, Peer), BenchError>
where
    A: Future<Output = Result<(), BenchError>>,
    B: Future<Output = Result<(), BenchError>>,
{
    let (mut our_times, mut their_times) = (Samples::default(), Samples::default());
    for round in 0..=rounds {
        let ours = timed(ours()).await?;
        let theirs = timed(theirs()).await?;
        if round > 0 {
            our_times.push(ours);
            their_times.push(theirs);
        }
    }
    Ok((our_times, Peer::Beside(name, their_times)))
}

/// Times one alone; the first turn only warms up.
///
/// # Errors
/// Its first error.
pub(super) async fn alone<A>(rounds: usize, mut ours: impl FnMut() -> A) -> Result<Samples, BenchError>
where
    A: Future<Output = Result<(), BenchError>>,
{
    let mut times = Samples::default();
    for round in 0..=rounds {
        let took = timed(ours()).await?;
        if round > 0 {
            times.push(took);
        }
    }
    Ok(times)
}

async fn timed(work: impl Future<Output = Result<(), BenchError>>) -> Result<Duration, BenchError> {
    let begun = Instant::now();
    work.await?;
    Ok(begun.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(millis: &[u64]) -> Samples {
        Samples(millis.iter().map(|ms| Duration::from_millis(*ms)).collect())
    }

    #[test]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(samples(&[9, 1, 5]).median(), Duration::from_millis(5));
        assert_eq!(samples(&[4, 2]).median(), Duration::from_millis(2));
        assert_eq!(samples(&[]).median(), Duration::ZERO);
    }

    #[test]
    fn a_ratio_needs_a_neighbour_that_took_time() {
        assert_eq!(samples(&[30]).over(&samples(&[10])), Some(3.0));
        assert_eq!(samples(&[30]).over(&samples(&[])), None);
    }

    #[tokio::test]
    async fn warm_up_turns_are_not_counted_and_an_error_ends_the_line() {
        let mut turns = 0;
        let times = alone(3, || {
            turns += 1;
            async { Ok(()) }
        });
        assert_eq!(times.await.unwrap().len(), 3);
        assert_eq!(turns, 4);
        let red = || async { Err(BenchError::Files("red".into())) };
        assert!(in_turns(3, || async { Ok(()) }, "peer", red).await.is_err());
    }
}
