//! Noise: what a loaded machine does to a run, on purpose.
//!
//! Threads of this process burn the processors in bursts of random length: a steady load would only be a slower
//! machine, while bursts change who comes first. They end with the process, however it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The most that services are apart under noise.
pub const LATENCY_MAX: Duration = Duration::from_millis(8);

/// The longest burst, and the longest rest between two.
const BURST_MAX: Duration = Duration::from_millis(60);
const REST_MAX: Duration = Duration::from_millis(30);

/// Busy processors, until dropped.
#[derive(Debug)]
pub struct Noise {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Noise {
    /// Begins, with one thread per processor.
    #[must_use]
    pub fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let thread = |_| {
            let stop = Arc::clone(&stop);
            thread::spawn(move || burn(&stop))
        };
        let threads = (0..processors).map(thread).collect();
        Self { stop, threads }
    }
}

impl Drop for Noise {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that only counts does not panic.
            let _ = thread.join();
        }
    }
}

fn burn(stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        let (begun, burst) = (Instant::now(), BURST_MAX.mul_f64(rand::random::<f64>()));
        while begun.elapsed() < burst {
            std::hint::spin_loop();
        }
        thread::sleep(REST_MAX.mul_f64(rand::random::<f64>()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_ends_when_it_is_dropped() {
        let noise = Noise::begin();
        let stop = Arc::clone(&noise.stop);
        assert!(!noise.threads.is_empty());
        drop(noise);
        // Each thread held the flag: nobody does any more.
        assert_eq!(Arc::strong_count(&stop), 1);
    }
}
