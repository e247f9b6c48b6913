//! A case on one clock: a track per service with a mark for everything that happened there, and the same as a
//! list in the order of time, step by step.

use indexmap::IndexMap;
use serde::Serialize;

use super::entry::{Entry, Kind};
use super::story::{CaseStory, End, StepStory};

/// More marks than this on one track cannot be told apart.
const MARKS_MAX: usize = 120;

/// The tracks of a case.
#[derive(Debug, Serialize)]
pub(super) struct Clock {
    took_ms: u64,
    tracks: Vec<Track>,
}

#[derive(Debug, Serialize)]
struct Track {
    name: String,
    marks: Vec<Mark>,
}

/// A mark; positions in percent of the case.
#[derive(Debug, Serialize)]
struct Mark {
    class: &'static str,
    left: String,
    width: String,
    says: String,
}

/// A step in the list.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    /// Position among the steps, from 0.
    number: usize,
    name: String,
    phase: &'static str,
    end: &'static str,
    at: String,
    took: Option<String>,
    entries: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    at: String,
    took: Option<String>,
    lane: String,
    behind: Option<String>,
    text: String,
    details: Vec<Detail>,
}

#[derive(Debug, Serialize)]
struct Detail {
    title: &'static str,
    text: String,
}

/// How much of each entry is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// A line.
    Line,
    /// A line and the evidence.
    Evidence,
}

impl Clock {
    /// The tracks of a case.
    pub(super) fn of(case: &CaseStory) -> Self {
        let took_ms = case.ended_ms.saturating_sub(case.began_ms);
        let scale = Scale { began: case.began_ms, took: took_ms.max(1) };
        let mut marks: IndexMap<&str, Vec<Mark>> = IndexMap::new();
        let steps = case.steps.iter().map(|step| scale.step(step)).collect();
        marks.insert("steps", steps);
        let entries = case.steps.iter().flat_map(|step| &step.entries).chain(&case.lines);
        for entry in entries.filter(|entry| entry.kind != Kind::Looked) {
            let track = marks.entry(&entry.lane).or_default();
            if track.len() < MARKS_MAX {
                track.push(scale.entry(entry));
            }
        }
        let tracks = marks.into_iter().map(|(name, marks)| Track { name: name.to_owned(), marks });
        Clock { took_ms, tracks: tracks.collect() }
    }
}

/// The list of a case.
pub(super) fn rows(case: &CaseStory, depth: Depth) -> Vec<Row> {
    let mut rows: Vec<_> =
        case.steps.iter().enumerate().map(|(at, step)| row(case, at, step, depth)).collect();
    if depth == Depth::Evidence {
        for entry in &case.lines {
            // A line belongs to the step that began last before it; what came earlier, to the first.
            let after = case.steps.iter().rposition(|step| step.began_ms <= entry.at_ms).unwrap_or_default();
            if let Some(row) = rows.get_mut(after) {
                row.entries.push(line(case, entry, depth));
            }
        }
        rows.iter_mut().for_each(|row| row.entries.sort_by(|a, b| a.at.cmp(&b.at)));
    }
    rows
}

fn row(case: &CaseStory, number: usize, step: &StepStory, depth: Depth) -> Row {
    use harness_model::event::Phase;
    Row {
        number,
        name: step.step.to_string(),
        phase: match step.step.phase {
            Phase::Given => "given",
            Phase::Steps => "steps",
            Phase::Finally => "finally",
        },
        end: step.end.word(),
        at: at(case, step.began_ms),
        took: step.took_ms.map(millis),
        entries: step.entries.iter().map(|entry| line(case, entry, depth)).collect(),
    }
}

fn line(case: &CaseStory, entry: &Entry, depth: Depth) -> Line {
    let details = entry.details.iter().filter(|_| depth == Depth::Evidence);
    Line {
        class: entry.kind.word(),
        at: at(case, entry.at_ms),
        took: entry.took_ms.map(millis),
        lane: entry.lane.clone(),
        behind: entry.behind.clone(),
        text: entry.line.clone(),
        details: details.map(|(title, text)| Detail { title, text: text.clone() }).collect(),
    }
}

/// Seconds since the case began, with a fixed width so that texts sort by time.
fn at(case: &CaseStory, at_ms: u64) -> String {
    let since = at_ms.saturating_sub(case.began_ms);
    format!("{:>3}.{:03}", since / 1000, since % 1000)
}

/// A duration for a reader.
pub(super) fn millis(ms: u64) -> String {
    match ms {
        0..1000 => format!("{ms} ms"),
        1000..60_000 => format!("{}.{:02} s", ms / 1000, ms % 1000 / 10),
        _ => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1000),
    }
}

struct Scale {
    began: u64,
    took: u64,
}

impl Scale {
    fn step(&self, step: &StepStory) -> Mark {
        let class = match step.end {
            End::Passed => "passed",
            End::Failed => "failed",
            End::Broken | End::CutOff => "broken",
        };
        self.mark(class, step.began_ms, step.took_ms.unwrap_or_default(), step.step.to_string())
    }

    fn entry(&self, entry: &Entry) -> Mark {
        self.mark(entry.kind.word(), entry.at_ms, entry.took_ms.unwrap_or_default(), entry.line.clone())
    }

    fn mark(&self, class: &'static str, at_ms: u64, took_ms: u64, says: String) -> Mark {
        let left = at_ms.saturating_sub(self.began).min(self.took);
        let width = took_ms.min(self.took - left);
        Mark {
            class,
            left: self.percent(left),
            width: self.percent(width),
            says: says.chars().take(90).collect(),
        }
    }

    fn percent(&self, part: u64) -> String {
        let hundredths = part * 10_000 / self.took;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_never_leaves_its_track() {
        let scale = Scale { began: 100, took: 200 };
        let mark = scale.mark("http", 250, 1000, "x".into());
        assert_eq!((mark.left.as_str(), mark.width.as_str()), ("75.00", "25.00"));
        let late = scale.mark("log", 9999, 0, "x".into());
        assert_eq!((late.left.as_str(), late.width.as_str()), ("100.00", "0.00"));
    }

    #[test]
    fn durations_are_told_in_the_unit_that_fits() {
        assert_eq!([7, 1234, 61_000].map(millis), ["7 ms", "1.23 s", "1 min 1 s"]);
    }
}
