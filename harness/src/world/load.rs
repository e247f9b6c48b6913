//! How many worlds the machine carries at once.
//!
//! Cases mostly wait, for timers, for agents, for each other's answers; the number of processors
//! says little. So the limit moves: up while processors idle, down while work queues for them,
//! and never beyond what memory holds.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What one world may take: two tenants, their database connections, the stub.
const WORLD_MIB: u64 = 250;
/// Memory that is left to everything else.
const RESERVE_MIB: u64 = 1024;
const MOST: usize = 64;
/// How often the limit moves.
const EVERY: Duration = Duration::from_millis(250);
/// Idle above which one more world starts, and below which one fewer does.
const IDLE_HIGH: f64 = 0.25;
const IDLE_LOW: f64 = 0.05;

/// Watches the machine.
pub(super) struct Load {
    floor: usize,
    seen: Mutex<Seen>,
}

struct Seen {
    limit: usize,
    at: Instant,
    ticks: Option<Ticks>,
}

/// Processor time since boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    idle: u64,
    total: u64,
}

impl Load {
    pub(super) fn new() -> Self {
        let floor = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        Self { floor, seen: Mutex::new(Seen { limit: floor * 2, at: Instant::now(), ticks: ticks() }) }
    }

    /// The limit right now.
    pub(super) fn worlds_at_once(&self) -> usize {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.at.elapsed() >= EVERY {
            let now = ticks();
            if let Some(idle) = seen.ticks.zip(now).and_then(|(then, now)| now.idle_since(then)) {
                seen.limit = moved(seen.limit, idle, self.floor);
            }
            (seen.at, seen.ticks) = (Instant::now(), now);
        }
        seen.limit.min(fitting(available_mib()))
    }
}

fn moved(limit: usize, idle: f64, floor: usize) -> usize {
    if idle > IDLE_HIGH {
        (limit + 1).min(MOST)
    } else if idle < IDLE_LOW {
        limit.saturating_sub(1).max(floor)
    } else {
        limit
    }
}

/// How many worlds memory holds; at least one, or nothing would ever run.
fn fitting(available_mib: Option<u64>) -> usize {
    let room = available_mib.map(|mib| mib.saturating_sub(RESERVE_MIB) / WORLD_MIB);
    room.map_or(MOST, |room| usize::try_from(room).unwrap_or(MOST)).clamp(1, MOST)
}

impl Ticks {
    /// The idle share of the time since an earlier look; none when no time has passed.
    fn idle_since(self, then: Self) -> Option<f64> {
        let total = self.total.checked_sub(then.total).filter(|total| *total > 0)?;
        let idle = self.idle.saturating_sub(then.idle);
        #[allow(clippy::cast_precision_loss, reason = "a share of a quarter of a second")]
        Some(idle as f64 / total as f64)
    }
}

fn ticks() -> Option<Ticks> {
    parse_ticks(&fs::read_to_string("/proc/stat").ok()?)
}

/// The first line: `cpu user nice system idle iowait irq softirq steal ...`.
fn parse_ticks(stat: &str) -> Option<Ticks> {
    let fields = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace();
    let fields: Vec<u64> = fields.take(8).map_while(|field| field.parse().ok()).collect();
    Some(Ticks { idle: fields.get(3)? + fields.get(4)?, total: fields.iter().sum() })
}

fn available_mib() -> Option<u64> {
    parse_available(&fs::read_to_string("/proc/meminfo").ok()?)
}

fn parse_available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_kernels_numbers_are_read() {
        let then = parse_ticks("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1 2 3").unwrap();
        assert_eq!(then, Ticks { idle: 80, total: 100 });
        let now = Ticks { idle: 100, total: 140 };
        assert_eq!(now.idle_since(then), Some(0.5));
        assert_eq!(then.idle_since(then), None);
        assert_eq!(parse_available("MemTotal: 9 kB\nMemAvailable:   2097152 kB\n"), Some(2048));
        assert_eq!((parse_ticks("intr 5"), parse_available("")), (None, None));
    }

    #[test]
    fn the_limit_follows_idle_time_and_memory() {
        assert_eq!(moved(4, 0.9, 2), 5);
        assert_eq!(moved(4, 0.1, 2), 4);
        assert_eq!(moved(4, 0.0, 2), 3);
        assert_eq!(moved(2, 0.0, 2), 2);
        assert_eq!(fitting(Some(0)), 1);
        assert_eq!(fitting(Some(RESERVE_MIB + 3 * WORLD_MIB)), 3);
        assert_eq!(fitting(None), MOST);
    }

    proptest! {
        #[test]
        fn the_limit_never_leaves_its_range(limits in prop::collection::vec(0.0f64..=1.0, 0..200), floor in 1usize..8) {
            let mut limit = floor * 2;
            for idle in limits {
                limit = moved(limit, idle, floor);
                prop_assert!((floor..=MOST).contains(&limit));
            }
        }
    }
}
