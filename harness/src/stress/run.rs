//! Makes the runs of a stress and counts them. No run is made again.

use std::sync::Arc;
use std::time::{Duration, Instant};

use harness_model::event::{Failure, StepRef};
use harness_model::verdict::{Ending, Exit, Missing, Outcome};

use super::noise::{LATENCY_MAX, Noise};
use super::rate::Rate;
use crate::runner::in_world::{self, Twist, trouble};
use crate::runner::load::Ready;
use crate::runner::schedule::{self, Lost};
use crate::runner::suite::Suite;

/// How many runs are made at once while nobody knows better.
const RUNS_AT_ONCE: usize = 2;

/// What is asked of a stress.
#[derive(Debug, Clone)]
pub struct Request {
    /// The case.
    pub case: Ready,
    /// How many runs.
    pub times: u32,
    /// Whether there is noise.
    pub noise: bool,
    /// At most so many runs at once.
    pub jobs: Option<usize>,
}

/// A run that is over.
#[derive(Debug)]
pub struct Told {
    /// Its number, from 1.
    pub number: u32,
    /// What came of it.
    pub came: Came,
    /// How long it took, its world included.
    pub took_ms: u64,
}

/// What came of a run.
#[derive(Debug)]
pub enum Came {
    /// Every step held.
    Green,
    /// A check did not hold.
    Red(StepRef, Box<Failure>),
    /// It could not be judged.
    Broken(Option<StepRef>, Box<Failure>),
    /// This machine lacks what it needs.
    NotHere(Vec<Missing>),
}

/// What all runs showed.
#[derive(Debug, Default)]
pub struct Counted {
    /// How many were asked for.
    pub asked: u32,
    /// Runs that were judged or broke.
    pub runs: u32,
    /// Red ones.
    pub red: u32,
    /// Broken ones.
    pub broken: u32,
    /// Runs that could not be made here.
    pub not_here: u32,
    /// What this machine lacks for them.
    pub missing: Vec<Missing>,
    /// What was left behind.
    pub leftovers: Vec<String>,
}

impl Counted {
    /// How often it was red.
    #[must_use]
    pub fn red(&self) -> Rate {
        Rate { hits: self.red, runs: self.runs }
    }

    /// How often nobody could tell.
    #[must_use]
    pub fn broken(&self) -> Rate {
        Rate { hits: self.broken, runs: self.runs }
    }

    /// Runs that nobody began: the stress was interrupted.
    #[must_use]
    pub fn cut_off(&self) -> u32 {
        self.asked.saturating_sub(self.runs + self.not_here)
    }

    /// The exit code, as of a run. A stress that judged nothing has shown nothing, so it is never green.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self { red: 1.., .. } => Exit::Red,
            Self { broken: 1.., .. } => Exit::Broken,
            _ if self.cut_off() > 0 => Exit::Broken,
            Self { not_here: 1.., .. } => Exit::Usage,
            Self { leftovers, .. } if !leftovers.is_empty() => Exit::Leftovers,
            _ => Exit::Green,
        }
    }

    fn count(&mut self, came: &Came) {
        self.runs += 1;
        match came {
            Came::Green => {}
            Came::Red(..) => self.red += 1,
            Came::Broken(..) => self.broken += 1,
            Came::NotHere(missing) => {
                self.runs -= 1;
                self.not_here += 1;
                let new = missing.iter().filter(|missing| !self.missing.contains(missing));
                let new: Vec<_> = new.cloned().collect();
                self.missing.extend(new);
            }
        }
    }
}

/// Makes all runs and takes every world down.
pub async fn run(suite: &Arc<Suite>, request: Request, mut tell: impl FnMut(&Told)) -> Counted {
    let latency = if request.noise { LATENCY_MAX } else { Duration::ZERO };
    let noise = request.noise.then(Noise::begin);
    if let Some(opened) = in_world::opened(suite, &request.case).await {
        let spec = in_world::spec_with(&request.case, Twist { latency, ..Twist::default() });
        let worlds = if in_world::is_shared(&request.case) { 0 } else { times(&request) };
        opened.pool.announce(std::iter::repeat_n(spec, worlds));
    }
    let limit = || {
        let possible = suite.stages.concurrency().unwrap_or(RUNS_AT_ONCE);
        request.jobs.map_or(possible, |jobs| jobs.min(possible))
    };
    let case = Arc::new(request.case.clone());
    let job = |_: u32| {
        let (suite, case) = (Arc::clone(suite), Arc::clone(&case));
        async move {
            let begun = Instant::now();
            let came = one(&suite, &case, latency).await;
            (came, u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
        }
    };
    let mut counted = Counted { asked: request.times, ..Counted::default() };
    let done = |number: u32, result: Result<(Came, u64), Lost>| {
        let (came, took_ms) = match result {
            Ok(made) => made,
            // It says nothing about the case: it is not counted.
            Err(Lost::Interrupted) => return,
            Err(Lost::Panicked(text)) => (broken(format!("the harness panicked: {text}")), 0),
        };
        counted.count(&came);
        tell(&Told { number, came, took_ms });
    };
    schedule::run_all((1..=request.times).collect(), limit, &suite.stop, job, done).await;
    drop(noise);
    counted.leftovers = suite.stages.close().await;
    counted
}

fn times(request: &Request) -> usize {
    usize::try_from(request.times).unwrap_or(usize::MAX)
}

async fn one(suite: &Suite, case: &Ready, latency: Duration) -> Came {
    let run = in_world::twisted(suite, case, Twist { latency, ..Twist::default() });
    let outcome = tokio::select! {
        outcome = run => outcome,
        () = suite.stop.cancelled() => return broken("interrupted before it was judged".into()),
    };
    match outcome {
        Ok(Outcome { ending, .. }) => came(ending),
        Err(error) => Came::Broken(None, Box::new(trouble::failure(&error))),
    }
}

fn came(ending: Ending) -> Came {
    match ending {
        Ending::Passed => Came::Green,
        Ending::Failed { mut steps } if !steps.is_empty() => {
            let first = steps.swap_remove(0);
            Came::Red(first.step, Box::new(first.failure))
        }
        Ending::Failed { .. } => broken("it failed at no step".into()),
        Ending::Broken { step, failure } => Came::Broken(step, failure),
        Ending::Skipped { missing } => Came::NotHere(missing),
    }
}

fn broken(why: String) -> Came {
    Came::Broken(None, Box::new(Failure::new(why)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A rate of nothing would pass for a good one.
    #[test]
    fn a_stress_that_did_not_judge_every_run_is_not_green() {
        let exit = |counted: Counted| Counted { asked: 3, ..counted }.exit();
        assert_eq!(exit(Counted { runs: 3, ..Counted::default() }), Exit::Green);
        assert_eq!(exit(Counted { not_here: 3, ..Counted::default() }), Exit::Usage);
        assert_eq!(exit(Counted { not_here: 1, runs: 2, ..Counted::default() }), Exit::Usage);
        assert_eq!(exit(Counted::default()), Exit::Broken);
        assert_eq!(exit(Counted { runs: 2, ..Counted::default() }), Exit::Broken);
        assert_eq!(exit(Counted { runs: 2, red: 1, ..Counted::default() }), Exit::Red);
    }
}
