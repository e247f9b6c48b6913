//! What a run saw: cases from a run's log, Rust tests from a JUnit file.

use std::collections::HashMap;
use std::path::Path;

use harness_model::event::RunEvent;
use harness_model::verdict::{CaseId, Verdict};
use quick_junit::{TestCase, TestCaseStatus};
use thiserror::Error;

use super::rust::TestName;
use super::{Check, RanAs};
use crate::report::log;

/// The file of a run cannot be used.
#[derive(Debug, Error)]
pub enum Unreadable {
    /// It cannot be read, or is neither a log nor a JUnit file.
    #[error("cannot read {file}: {why}")]
    File {
        /// The file.
        file: String,
        /// What is wrong with it.
        why: String,
    },
}

/// What passed and what did not.
#[derive(Debug, Default)]
pub struct Passed {
    cases: HashMap<String, bool>,
    tests: Vec<Test>,
}

#[derive(Debug)]
struct Test {
    /// The program, where the report names it.
    program: Option<String>,
    /// Modules and function.
    words: Vec<String>,
    passed: bool,
}

impl Passed {
    /// Adds what a file tells: a run's log, or a JUnit file of nextest or libtest.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn add(&mut self, file: &Path) -> Result<(), Unreadable> {
        let wrong = |why: String| Unreadable::File { file: file.display().to_string(), why };
        if file.extension().is_some_and(|extension| extension == "xml") {
            let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
            let report =
                quick_junit::Report::deserialize_from_str(&text).map_err(|error| wrong(error.to_string()))?;
            for suite in &report.test_suites {
                self.tests
                    .extend(suite.test_cases.iter().filter_map(|case| Test::of(suite.name.as_str(), case)));
            }
            return Ok(());
        }
        for stamped in log::read(file).map_err(|error| wrong(error.to_string()))? {
            if let RunEvent::ReplayFinished(finished) = stamped.event {
                self.add_case(&finished.case, finished.verdict);
            }
        }
        Ok(())
    }

    /// Adds the verdict of a case.
    pub fn add_case(&mut self, case: &CaseId, verdict: Verdict) {
        self.cases.insert(case.0.clone(), verdict == Verdict::Passed);
    }

    /// Whether all of these cases passed; `None` when they did not run, or only some of them.
    pub(super) fn of_cases(&self, cases: &[String]) -> Option<bool> {
        let ran: Vec<bool> = cases.iter().filter_map(|case| self.cases.get(case).copied()).collect();
        match ran.contains(&false) {
            true => Some(false),
            false => (ran.len() == cases.len() && !ran.is_empty()).then_some(true),
        }
    }

    /// Whether a check passed; `None` when it did not run, or ran only in part.
    pub(super) fn of(&self, check: &Check) -> Option<bool> {
        match &check.ran_as {
            RanAs::Cases(cases) => self.of_cases(cases),
            RanAs::Test(name) => {
                let mut ran =
                    self.tests.iter().filter(|test| test.is(name)).map(|test| test.passed).peekable();
                ran.peek()?;
                Some(ran.all(|passed| passed))
            }
        }
    }
}

impl Test {
    /// nextest calls suite and class after the program; libtest puts the modules into the class. A test that was
    /// skipped did not run.
    fn of(suite: &str, case: &TestCase) -> Option<Self> {
        let passed = match case.status {
            TestCaseStatus::Success { .. } => true,
            TestCaseStatus::NonSuccess { .. } => false,
            TestCaseStatus::Skipped { .. } => return None,
        };
        let class = case.classname.as_ref().map(|class| class.as_str()).unwrap_or_default();
        let program = (class == suite).then(|| class.to_owned());
        let modules = if program.is_some() { "" } else { class };
        let words = modules.split("::").chain(case.name.as_str().split("::"));
        Some(Self {
            program,
            words: words.filter(|word| !word.is_empty()).map(str::to_owned).collect(),
            passed,
        })
    }

    fn is(&self, name: &TestName) -> bool {
        let in_program = self.program.as_ref().is_none_or(|program| *program == name.program);
        let Some((last, modules)) = self.words.split_last() else { return false };
        match &name.function {
            Some(function) => in_program && last == function && modules.starts_with(&name.modules),
            None => self.program.as_ref() == Some(&name.program),
        }
    }
}
