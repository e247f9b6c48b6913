//! Outcome, verdict, summary, exit code: from what happened to what counts.
//!
//! The engine gives an [`Outcome`]. Together with the list of expected failures ([`crate::xfail`]) it
//! becomes a [`Verdict`]; the verdicts of a run become a [`Summary`]; the summary has one [`Exit`].
//! *Failed* (the server is wrong) and *broken* (nobody can tell) never share a word, a tag or a code.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::event::{Failure, StepRef};

/// Name of a case, as `cargo test` shows it: `replay::isolation::tenant-isolation::tenant=alpha`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

impl std::fmt::Display for CaseId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

/// A capability that a replay declares and this machine or backend lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// The capability, such as `redis` or `containers`.
    pub capability: String,
    /// What was looked for, and how to get it.
    pub reason: String,
}

/// A step that did not hold, or could not be judged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FailedStep {
    /// The step.
    pub step: StepRef,
    /// Why.
    pub failure: Failure,
}

/// How a case ended, before the list of expected failures is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "ending", rename_all = "snake_case")]
pub enum Ending {
    /// Every step held.
    Passed,
    /// At least one check did not hold; the first one ended the replay, later ones come from `finally`,
    /// from parallel branches or from rows of the same step.
    Failed {
        /// In the order they happened; never empty.
        steps: Vec<FailedStep>,
    },
    /// It could not be judged: a `given` step failed, a service died, the harness erred.
    Broken {
        /// The step at which that was seen; absent when no step had begun.
        step: Option<StepRef>,
        /// Why.
        failure: Box<Failure>,
    },
    /// It was not run: a declared capability is missing.
    Skipped {
        /// What is missing; never empty.
        missing: Vec<Missing>,
    },
}

/// What the engine returns for a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// Checks that held.
    pub checks_passed: u32,
    /// Checks that did not.
    pub checks_failed: u32,
}

impl Outcome {
    /// A case that could not be judged before its first step.
    #[must_use]
    pub fn broken(failure: Failure) -> Self {
        let ending = Ending::Broken { step: None, failure: Box::new(failure) };
        Outcome { ending, checks_passed: 0, checks_failed: 0 }
    }

    /// A case that was not run.
    #[must_use]
    pub fn skipped(missing: Vec<Missing>) -> Self {
        Outcome { ending: Ending::Skipped { missing }, checks_passed: 0, checks_failed: 0 }
    }
}

/// What counts for the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Held, and nobody expected otherwise.
    Passed,
    /// Did not hold, or not in the way the list says, or its entry has expired.
    Failed,
    /// Could not be judged.
    Broken,
    /// Failed exactly as the list says.
    Xfailed,
    /// Held although the list says it fails: the entry must go.
    Xpassed,
    /// Not run here; the missing capability is named.
    Skipped,
}

impl Verdict {
    /// Every verdict, in the order of the summary line.
    pub const ALL: [Verdict; 6] = [
        Verdict::Passed,
        Verdict::Failed,
        Verdict::Broken,
        Verdict::Xfailed,
        Verdict::Xpassed,
        Verdict::Skipped,
    ];

    /// The word of the summary line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Passed => "passed",
            Verdict::Failed => "failed",
            Verdict::Broken => "broken",
            Verdict::Xfailed => "xfailed",
            Verdict::Xpassed => "xpassed",
            Verdict::Skipped => "skipped",
        }
    }

    /// Whether the suite stays green.
    #[must_use]
    pub fn is_green(self) -> bool {
        match self {
            Verdict::Passed | Verdict::Xfailed | Verdict::Skipped => true,
            Verdict::Failed | Verdict::Broken | Verdict::Xpassed => false,
        }
    }
}

/// A case named in the summary, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The case.
    pub case: CaseId,
    /// Its verdict.
    pub verdict: Verdict,
    /// Issue of the xfail entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
    /// Reason of the entry, missing capability, or first line of the failure.
    pub because: String,
}

/// The verdicts of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Held.
    pub passed: u32,
    /// Did not hold.
    pub failed: u32,
    /// Could not be judged.
    pub broken: u32,
    /// Failed as expected.
    pub xfailed: u32,
    /// Held against expectation.
    pub xpassed: u32,
    /// Not run.
    pub skipped: u32,
    /// Every case that is not simply passed, in order.
    pub named: Vec<Named>,
    /// What this machine or backend lacks, whether or not a case asked for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// What a green verdict of this run does not cover, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_run: Vec<String>,
    /// What outlived the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leftovers: Vec<String>,
    /// True when no world could be brought up in time, so that nothing was judged in one.
    #[serde(default)]
    pub unhealthy: bool,
}

impl Summary {
    /// Counts one case.
    pub fn count(&mut self, named: Named) {
        *self.slot(named.verdict) += 1;
        if named.verdict != Verdict::Passed {
            self.named.push(named);
        }
    }

    /// Number of cases with this verdict.
    #[must_use]
    pub fn of(&self, verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Passed => self.passed,
            Verdict::Failed => self.failed,
            Verdict::Broken => self.broken,
            Verdict::Xfailed => self.xfailed,
            Verdict::Xpassed => self.xpassed,
            Verdict::Skipped => self.skipped,
        }
    }

    /// Number of cases that have a verdict.
    #[must_use]
    pub fn of_all(&self) -> u32 {
        Verdict::ALL.into_iter().map(|verdict| self.of(verdict)).sum()
    }

    fn slot(&mut self, verdict: Verdict) -> &mut u32 {
        match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed => &mut self.failed,
            Verdict::Broken => &mut self.broken,
            Verdict::Xfailed => &mut self.xfailed,
            Verdict::Xpassed => &mut self.xpassed,
            Verdict::Skipped => &mut self.skipped,
        }
    }

    /// The exit code of the run.
    #[must_use]
    pub fn exit(&self) -> Exit {
        if self.failed + self.xpassed > 0 {
            Exit::Red
        } else if self.unhealthy {
            Exit::Unhealthy
        } else if self.broken > 0 {
            Exit::Broken
        } else if !self.leftovers.is_empty() {
            Exit::Leftovers
        } else {
            Exit::Green
        }
    }
}

/// The summary line. It shows every class every time: a class that is not shown can hide a case.
impl std::fmt::Display for Summary {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Replay summary: ")?;
        for (position, verdict) in Verdict::ALL.into_iter().enumerate() {
            let comma = if position == 0 { "" } else { ", " };
            write!(out, "{comma}{} {}", self.of(verdict), verdict.word())?;
            let issues = self.issues(verdict);
            if !issues.is_empty() {
                write!(out, " ({})", issues.join(", "))?;
            }
        }
        Ok(())
    }
}

impl Summary {
    fn issues(&self, verdict: Verdict) -> Vec<&str> {
        if !matches!(verdict, Verdict::Xfailed | Verdict::Xpassed) {
            return Vec::new();
        }
        let mut issues: Vec<_> =
            self.named.iter().filter(|n| n.verdict == verdict).filter_map(|n| n.issue.as_deref()).collect();
        issues.dedup();
        issues
    }
}

/// The exit codes; the numbers are a contract with CI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: all green.
    Green,
    /// 1: a case failed, passed against expectation, or its xfail entry has expired.
    Red,
    /// 2: wrong usage or a missing prerequisite.
    Usage,
    /// 3: the topology was not healthy in time.
    Unhealthy,
    /// 4: something outlived the teardown.
    Leftovers,
    /// 5: nothing failed, but a case could not be judged.
    Broken,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Green => 0,
            Exit::Red => 1,
            Exit::Usage => 2,
            Exit::Unhealthy => 3,
            Exit::Leftovers => 4,
            Exit::Broken => 5,
        }
    }

    /// Reads the code of another program; a number outside the table means red, so that a tool's own code
    /// can never pass for one of ours.
    #[must_use]
    pub fn from_code(code: Option<i32>) -> Self {
        match code {
            Some(0) => Exit::Green,
            Some(2) => Exit::Usage,
            Some(3) => Exit::Unhealthy,
            Some(4) => Exit::Leftovers,
            Some(5) => Exit::Broken,
            _ => Exit::Red,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(verdicts: &[(Verdict, Option<&str>)]) -> Summary {
        let mut summary = Summary::default();
        for (verdict, issue) in verdicts {
            let case = CaseId("replay::a2a::x".into());
            let issue = issue.map(str::to_owned);
            summary.count(Named { case, verdict: *verdict, issue, because: String::new() });
        }
        summary
    }

    /// Ledger: HARN-011, PROV-116.
    #[test]
    fn the_summary_line_shows_every_class_every_time() {
        let line = summary(&[(Verdict::Passed, None), (Verdict::Xfailed, Some("#2863"))]).to_string();
        assert_eq!(
            line,
            "Replay summary: 1 passed, 0 failed, 0 broken, 1 xfailed (#2863), 0 xpassed, 0 skipped"
        );
        let empty = Summary::default().to_string();
        assert_eq!(empty, "Replay summary: 0 passed, 0 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped");
    }

    #[test]
    fn the_exit_code_follows_the_worst_class() {
        let exit = |verdicts: &[Verdict]| {
            summary(&verdicts.iter().map(|v| (*v, None)).collect::<Vec<_>>()).exit().code()
        };
        assert_eq!(exit(&[]), 0);
        assert_eq!(exit(&[Verdict::Passed, Verdict::Xfailed, Verdict::Skipped]), 0);
        assert_eq!(exit(&[Verdict::Failed, Verdict::Broken]), 1);
        assert_eq!(exit(&[Verdict::Xpassed]), 1);
        assert_eq!(exit(&[Verdict::Passed, Verdict::Broken]), 5);
    }

    #[test]
    fn leftovers_win_over_green_only_and_broken_wins_over_leftovers() {
        let with = |verdict| {
            let mut summary = summary(&[(verdict, None)]);
            summary.leftovers.push("process 4711".into());
            summary.exit()
        };
        assert_eq!(with(Verdict::Passed), Exit::Leftovers);
        assert_eq!(with(Verdict::Broken), Exit::Broken);
        assert_eq!(with(Verdict::Failed), Exit::Red);
    }

    #[test]
    fn a_code_outside_the_table_is_red() {
        for code in [Some(1), Some(6), Some(22), Some(101), Some(-9), None] {
            assert_eq!(Exit::from_code(code), Exit::Red, "{code:?}");
        }
        for exit in [Exit::Green, Exit::Red, Exit::Usage, Exit::Unhealthy, Exit::Leftovers, Exit::Broken] {
            assert_eq!(Exit::from_code(Some(i32::from(exit.code()))), exit);
        }
    }
}
