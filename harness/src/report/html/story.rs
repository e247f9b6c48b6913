//! A run as the page tells it: verdicts as every report folds them, and for each case its steps, what went
//! over the wire in them, and what the services wrote meanwhile.
//!
//! Evidence is cut to size as it comes in: a page is for reading, and the run log has the rest.

use std::collections::HashMap;

use harness_model::event::{Exchange, RunEvent, ServiceLine, Stamped, StepRef, TopologyMap, Voice};
use harness_model::verdict::CaseId;
use indexmap::IndexMap;

use super::super::text::cut_and_counted;
use super::super::view::RunView;
use super::entry::{self, Entry, Kind};

/// A run, its cases and its worlds.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) view: RunView,
    pub(super) cases: HashMap<CaseId, CaseStory>,
    pub(super) maps: IndexMap<String, TopologyMap>,
    pub(super) worlds: IndexMap<String, WorldStory>,
}

/// A case.
#[derive(Debug, Default)]
pub(super) struct CaseStory {
    pub(super) began_ms: u64,
    pub(super) ended_ms: u64,
    pub(super) world: Option<String>,
    pub(super) steps: Vec<StepStory>,
    /// What services wrote.
    pub(super) lines: Vec<Entry>,
    pub(super) lines_left_out: u32,
    /// When each connection was opened, and up to when its frames have been told.
    connections: HashMap<String, Opened>,
}

/// A step.
#[derive(Debug)]
pub(super) struct StepStory {
    pub(super) step: StepRef,
    pub(super) began_ms: u64,
    pub(super) took_ms: Option<u64>,
    pub(super) end: End,
    pub(super) entries: Vec<Entry>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Passed,
    Failed,
    Broken,
    CutOff,
}

/// A world.
#[derive(Debug, Default)]
pub(super) struct WorldStory {
    pub(super) topology: String,
    pub(super) booting_ms: u64,
    pub(super) took_ms: Option<u64>,
    pub(super) services: Vec<(String, u64)>,
    pub(super) doors: IndexMap<String, String>,
    pub(super) leftovers: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Opened {
    at_ms: u64,
    told: Option<u64>,
}

impl End {
    pub(super) fn word(self) -> &'static str {
        match self {
            End::Passed => "passed",
            End::Failed => "failed",
            End::Broken => "broken",
            End::CutOff => "cut off",
        }
    }
}

impl Story {
    /// Folds a whole log.
    pub(super) fn of<'a>(events: impl IntoIterator<Item = &'a Stamped>) -> Self {
        let mut story = Story::default();
        for event in events {
            story.event(event);
        }
        story
    }

    /// Takes one event.
    pub(super) fn event(&mut self, stamped: &Stamped) {
        let now = stamped.at_ms;
        self.view.event(&stamped.event);
        match &stamped.event {
            RunEvent::TopologyOpened(map) => drop(self.maps.insert(map.topology.clone(), map.clone())),
            RunEvent::WorldBooting { world, topology } => {
                let story = self.worlds.entry(world.clone()).or_default();
                (story.topology, story.booting_ms) = (topology.clone(), now);
            }
            RunEvent::ServiceReady { world, service, took_ms } => {
                self.worlds.entry(world.clone()).or_default().services.push((service.clone(), *took_ms));
            }
            RunEvent::WorldReady { world, took_ms, doors } => {
                let story = self.worlds.entry(world.clone()).or_default();
                (story.took_ms, story.doors) = (Some(*took_ms), doors.clone());
            }
            RunEvent::WorldDown { world, leftovers } => {
                self.worlds.entry(world.clone()).or_default().leftovers.clone_from(leftovers);
            }
            RunEvent::ReplayStarted(started) => {
                let case = self.case(&started.case);
                (case.began_ms, case.world) = (now, started.world.clone());
            }
            RunEvent::WorldTaken { case, world } => self.case(case).world = Some(world.clone()),
            RunEvent::StepStarted { case, step } => self.case(case).begin(step, now),
            RunEvent::ExchangeRecorded { case, step, took_ms, exchange, .. } => {
                let places = self.places(case);
                self.case(case).exchanged(step, now, *took_ms, exchange, &places);
            }
            RunEvent::StepPassed { case, step, took_ms, .. } => {
                self.case(case).end(step, now, *took_ms, End::Passed);
            }
            RunEvent::StepFailed { case, step, took_ms, .. } => {
                self.case(case).end(step, now, *took_ms, End::Failed);
            }
            RunEvent::StepBroken { case, step, took_ms, .. } => {
                self.case(case).end(step, now, *took_ms, End::Broken);
            }
            RunEvent::ServicesLogged { case, lines, left_out } => {
                let case = self.case(case);
                case.lines_left_out = *left_out;
                case.lines.extend(lines.iter().map(|line| logged(line, now)));
            }
            RunEvent::ReplayFinished(finished) => self.case(&finished.case).ended_ms = now,
            RunEvent::RunStarted(_)
            | RunEvent::LedgerOpened(_)
            | RunEvent::Note { .. }
            | RunEvent::Progress { .. }
            | RunEvent::WorldFailed { .. }
            | RunEvent::StepJudged { .. }
            | RunEvent::RunFinished { .. } => {}
        }
    }

    /// The map of the topology in which a case took place.
    pub(super) fn map(&self, case: &CaseStory) -> Option<&TopologyMap> {
        let topology = &self.worlds.get(case.world.as_ref()?)?.topology;
        // Variants are told with the name: `two-tenants+short-idle`.
        self.maps.get(topology.split('+').next().unwrap_or_default())
    }

    /// By which names the services of a case's world are called.
    fn places(&self, case: &CaseId) -> Places {
        let Some(case) = self.cases.get(case) else { return Places::default() };
        let world = case.world.as_ref().and_then(|world| self.worlds.get(world));
        Places {
            doors: world.map(|world| world.doors.clone()).unwrap_or_default(),
            names: self.map(case).map(|map| map.names.clone()).unwrap_or_default(),
        }
    }

    fn case(&mut self, id: &CaseId) -> &mut CaseStory {
        self.cases.entry(id.clone()).or_default()
    }
}

/// By which names services are called.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// `host:port`, or the `Host` of a routed request.
    pub(super) doors: IndexMap<String, String>,
    /// Roles and databases.
    pub(super) names: IndexMap<String, String>,
}

impl CaseStory {
    fn begin(&mut self, step: &StepRef, now: u64) {
        let step = step.clone();
        self.steps.push(StepStory {
            step,
            began_ms: now,
            took_ms: None,
            end: End::CutOff,
            entries: Vec::new(),
        });
    }

    /// The step that runs under this name; one that nobody began is begun, so that nothing gets lost.
    fn running(&mut self, step: &StepRef, began_ms: u64) -> &mut StepStory {
        let found = self.steps.iter().rposition(|known| known.step == *step && known.took_ms.is_none());
        let position = found.unwrap_or_else(|| {
            self.begin(step, began_ms);
            self.steps.len() - 1
        });
        &mut self.steps[position]
    }

    fn end(&mut self, step: &StepRef, now: u64, took_ms: u64, end: End) {
        let step = self.running(step, now.saturating_sub(took_ms));
        (step.took_ms, step.end) = (Some(took_ms), end);
    }

    fn exchanged(&mut self, step: &StepRef, now: u64, took_ms: u64, exchange: &Exchange, places: &Places) {
        let began = now.saturating_sub(took_ms);
        let mut entries = Vec::new();
        if let Exchange::Call { who, asked, .. } = exchange
            && asked.as_str().is_some_and(|asked| asked.starts_with("open "))
        {
            self.connections.insert(who.clone(), Opened { at_ms: now, told: None });
        }
        if let Exchange::Frames { connection, frames } = exchange {
            let opened = self.connections.entry(connection.clone()).or_default();
            let fresh = frames.iter().filter(|frame| opened.told.is_none_or(|told| frame.at_ms > told));
            entries.extend(fresh.map(|frame| entry::frame(connection, frame, opened.at_ms + frame.at_ms)));
            opened.told = frames.last().map(|frame| frame.at_ms).max(opened.told);
        }
        entries.push(Entry { at_ms: began, took_ms: Some(took_ms), ..entry::of(exchange, places) });
        self.running(step, began).entries.extend(entries);
    }
}

fn logged(line: &ServiceLine, now: u64) -> Entry {
    let kind = match line.voice {
        Voice::Service => Kind::Log,
        Voice::Harness => Kind::Note,
        Voice::Request => Kind::Seen,
    };
    Entry {
        at_ms: now.saturating_sub(line.ago_ms),
        lane: line.service.clone(),
        line: cut_and_counted(&line.text, entry::LINE_CHARS_MAX * 2),
        ..Entry::new(kind)
    }
}
