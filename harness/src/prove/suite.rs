//! All mutants of a run's green cases, weighed on every core.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use harness_model::event::Stamped;
use harness_model::replay::Volatile;
use harness_model::verdict::{CaseId, Verdict};

use super::advice::{advice, shown_path};
use super::operator::Operator;
use super::score::Score;
use super::weigh::{Fate, Subject};
use crate::runner::case::Case;
use crate::runner::load::{Loaded, Loader, Ready};
use crate::timemachine::records::{CaseRecord, End, RunRecord};
use crate::timemachine::today::{Known, Today};

/// What a suite's expectations notice.
#[derive(Debug, Default)]
pub struct Proof {
    /// By the file in which the steps are written: a replay, a part, the judge of a corpus.
    pub files: BTreeMap<String, Score>,
    /// What nobody noticed, by its place.
    pub survivors: BTreeMap<Place, Survivors>,
    /// Cases that could not be proven, and why.
    pub unproven: Vec<String>,
    /// How long the judging took.
    pub took: Duration,
}

/// A place in an observation that is not looked at closely enough.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file of the step.
    pub file: String,
    /// Its line.
    pub line: usize,
    /// Its name.
    pub step: String,
    /// Facet and path, as in `json $.status`.
    pub path: String,
}

/// The changes of a place that nobody noticed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Survivors {
    /// Which changes.
    pub operators: BTreeSet<Operator>,
    /// How many mutants.
    pub count: u64,
    /// The line that would have caught them.
    pub matcher: String,
}

impl Proof {
    /// All files together.
    #[must_use]
    pub fn suite(&self) -> Score {
        self.files.values().fold(Score::default(), |mut all, score| {
            all.add(*score);
            all
        })
    }

    /// Verdicts per minute.
    #[must_use]
    pub fn per_minute(&self) -> u64 {
        let seconds = self.took.as_secs_f64().max(0.001);
        // A rate for people; the cast drops a fraction.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let rate = (self.suite().judged() as f64 / seconds * 60.0) as u64;
        rate
    }

    fn adopt(&mut self, other: Proof) {
        for (file, score) in other.files {
            self.files.entry(file).or_default().add(score);
        }
        for (place, survivors) in other.survivors {
            let own = self.survivors.entry(place).or_default();
            own.operators.extend(survivors.operators);
            own.count += survivors.count;
            own.matcher = survivors.matcher;
        }
        self.unproven.extend(other.unproven);
    }
}

/// Records of one step that are proven: rounds of a loop, and the many replays that use a part, say the same.
const RECORDS_MAX: usize = 8;

/// Proves the green cases of a run.
#[must_use]
pub fn prove(events: &[Stamped], loader: &Loader, cases: &[Case], wanted: &dyn Fn(&CaseId) -> bool) -> Proof {
    let record = RunRecord::of(events);
    let mut unproven = Vec::new();
    let mut green: Vec<_> = record.cases.iter().filter(|case| wanted(&case.id)).collect();
    // In the order of their names, so that the records that are proven do not depend on the run's order.
    green.sort_by(|left, right| left.id.cmp(&right.id));
    let ready: Vec<_> = green
        .into_iter()
        .filter_map(|record| match loaded(record, loader, cases) {
            Ok(ready) => ready.map(|ready| (ready, record)),
            Err(why) => {
                unproven.push(format!("{}: {why}", record.id));
                None
            }
        })
        .collect();
    let begun = Instant::now();
    let mut whole = on_every_core(&ready, loader);
    whole.took = begun.elapsed();
    whole.unproven.splice(0..0, unproven);
    whole
}

fn on_every_core(ready: &[(Box<Ready>, &CaseRecord)], loader: &Loader) -> Proof {
    let next = AtomicUsize::new(0);
    let whole = Mutex::new(Proof::default());
    let chosen = chosen(ready);
    let work = || {
        while let Some(at) = Some(next.fetch_add(1, Ordering::Relaxed)).filter(|at| *at < ready.len()) {
            let (ready, record) = &ready[at];
            let proof = case(ready, record, &chosen[at], loader);
            whole.lock().unwrap_or_else(std::sync::PoisonError::into_inner).adopt(proof);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(work);
        }
    });
    whole.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Which records of each case are proven.
fn chosen(ready: &[(Box<Ready>, &CaseRecord)]) -> Vec<HashSet<usize>> {
    let mut of_parts: HashMap<(String, usize), usize> = HashMap::new();
    let mut chosen = Vec::with_capacity(ready.len());
    for (ready, record) in ready {
        let today = Today::of(ready);
        let mut in_case: HashMap<(String, usize), usize> = HashMap::new();
        let mut own = HashSet::new();
        for (at, step) in record.steps.iter().enumerate() {
            let Some(known) = today.find(&step.step) else { continue };
            let place = (known.source.path().to_owned(), known.step.span.line);
            let is_part = ready.parts.contains_key(known.source.path());
            let counts = if is_part { &mut of_parts } else { &mut in_case };
            let count = counts.entry(place).or_default();
            *count += 1;
            if *count <= RECORDS_MAX {
                own.insert(at);
            }
        }
        chosen.push(own);
    }
    chosen
}

/// A green case of the log as it is written today; nothing for one that has no steps, such as a golden.
fn loaded(record: &CaseRecord, loader: &Loader, cases: &[Case]) -> Result<Option<Box<Ready>>, String> {
    let verdict = record.finished.as_ref().map(|finished| finished.verdict);
    if verdict != Some(Verdict::Passed) {
        return Err(verdict.map_or("the log breaks off", Verdict::word).to_owned());
    }
    let case =
        cases.iter().find(|case| case.id == record.id).ok_or("the project has no such case any more")?;
    match loader.load(case) {
        Loaded::Replay(ready) => Ok(Some(ready)),
        Loaded::Golden { .. } => Ok(None),
        Loaded::Wrong(_) => Err("its file has errors".to_owned()),
    }
}

fn case(ready: &Ready, record: &CaseRecord, chosen: &HashSet<usize>, loader: &Loader) -> Proof {
    let root = loader.project().root();
    let today = Today::of(ready);
    let mut proof = Proof::default();
    let (mut subjects, mut places) = (Vec::new(), Vec::new());
    for (at, step) in record.steps.iter().enumerate() {
        let (Some(judged), End::Passed(_)) = (&step.judged, &step.end) else { continue };
        let Some(known) = today.find(&step.step) else { continue };
        if let Some(subject) = Subject::of(known.step, judged, &ready.topology.always, root) {
            subjects.push(subject);
            places.push((known, chosen.contains(&at)));
        }
    }
    for (at, (subject, (known, chosen))) in subjects.iter().zip(places).enumerate() {
        if !chosen {
            continue;
        }
        let volatile = volatile(ready, known);
        let file = known.source.path().to_owned();
        let mut score = Score::default();
        subject.each(&volatile, &subjects[at + 1..], &mut |mutant, fate| {
            score.count(fate);
            if fate != Fate::Missed {
                return;
            }
            let was = subject.at(mutant.facet, &mutant.pointer);
            let path = shown_path(mutant.facet, &mutant.pointer, subject.sighting());
            let (line, step) = (known.step.span.line, known.step.label());
            let place = Place { file: file.clone(), line, step, path };
            let survivors = proof.survivors.entry(place).or_default();
            survivors.operators.insert(mutant.operator);
            survivors.count += 1;
            survivors.matcher = advice(mutant, was, &survivors.operators);
        });
        proof.files.entry(file).or_default().add(score);
    }
    proof
}

/// What is declared volatile for a step: by the topology, and by the file it is written in.
fn volatile(ready: &Ready, known: &Known<'_>) -> Vec<Volatile> {
    let part = ready.parts.values().find(|loaded| loaded.source.path() == known.source.path());
    let own = part.map_or(&ready.replay.volatile, |loaded| &loaded.part.volatile);
    ready.topology.volatile.iter().chain(own).cloned().collect()
}
