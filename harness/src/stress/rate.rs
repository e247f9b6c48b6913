//! A rate with its confidence: how much a count of red runs says.

/// How often something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Times that it happened.
    pub hits: u32,
    /// Times that it could have.
    pub runs: u32,
}

/// The quantile of the normal distribution for 95 %.
const Z: f64 = 1.959_963_984_540_054;

impl Rate {
    /// The share that was seen; none when nothing was run.
    #[must_use]
    pub fn seen(self) -> Option<f64> {
        (self.runs > 0).then(|| f64::from(self.hits) / f64::from(self.runs))
    }

    /// Wilson's score interval: the true rate lies between the two in 95 of 100 such experiments.
    ///
    /// Unlike the textbook interval it stays sensible where flakes live: no hit in forty runs does not mean a
    /// rate of exactly nought.
    #[must_use]
    pub fn between(self) -> (f64, f64) {
        let Some(seen) = self.seen() else { return (0.0, 1.0) };
        let runs = f64::from(self.runs);
        let z2 = Z * Z;
        let centre = (seen + z2 / (2.0 * runs)) / (1.0 + z2 / runs);
        let half = Z / (1.0 + z2 / runs) * (seen * (1.0 - seen) / runs + z2 / (4.0 * runs * runs)).sqrt();
        ((centre - half).max(0.0), (centre + half).min(1.0))
    }
}

/// As in `1 of 40: 2.5 % (95 % sure: 0.4 % to 12.9 %)`.
impl std::fmt::Display for Rate {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (low, high) = self.between();
        let percent = 100.0 * self.seen().unwrap_or_default();
        let (low, high) = (100.0 * low, 100.0 * high);
        write!(out, "{} of {}: {percent:.1} % (95 % sure: {low:.1} % to {high:.1} %)", self.hits, self.runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The figures are those of published tables of the interval.
    #[test]
    fn the_interval_is_wilsons() {
        assert_eq!(Rate { hits: 1, runs: 40 }.to_string(), "1 of 40: 2.5 % (95 % sure: 0.4 % to 12.9 %)");
        assert_eq!(Rate { hits: 0, runs: 10 }.to_string(), "0 of 10: 0.0 % (95 % sure: 0.0 % to 27.8 %)");
        assert_eq!(
            Rate { hits: 10, runs: 10 }.to_string(),
            "10 of 10: 100.0 % (95 % sure: 72.2 % to 100.0 %)"
        );
        assert_eq!(Rate { hits: 0, runs: 0 }.to_string(), "0 of 0: 0.0 % (95 % sure: 0.0 % to 100.0 %)");
    }

    proptest! {
        #[test]
        fn what_was_seen_lies_inside_and_more_runs_make_surer(runs in 1_u32..5_000, share in 0.0_f64..=1.0) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the runs")]
            let hits = (f64::from(runs) * share).round() as u32;
            let (few, many) = (Rate { hits, runs }, Rate { hits: hits * 10, runs: runs * 10 });
            let ((low, high), seen) = (few.between(), few.seen().unwrap());
            prop_assert!(0.0 <= low && low <= seen + 1e-9 && seen <= high + 1e-9 && high <= 1.0);
            let (surer_low, surer_high) = many.between();
            prop_assert!(surer_high - surer_low < high - low);
        }
    }
}
