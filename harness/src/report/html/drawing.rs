//! A topology as a drawing: a column per distance from the caller, a box per service, a line per need and route.
//!
//! Only geometry is decided here; the template writes the SVG.

use std::collections::HashMap;

use harness_model::event::{MapService, TopologyMap};
use indexmap::IndexMap;
use serde::Serialize;

use super::story::{CaseStory, StepStory};

/// The box that stands for the replay itself.
const REPLAY: &str = "replay";
const COLUMN: u32 = 190;
const ROW: u32 = 58;
const BOX: (u32, u32) = (130, 36);
const MARGIN: u32 = 14;

/// A drawing.
#[derive(Debug, Default, Serialize)]
pub(super) struct Drawing {
    topology: String,
    id: String,
    width: u32,
    height: u32,
    boxes: Vec<Placed>,
    lines: Vec<Line>,
    /// The same in words.
    words: String,
}

#[derive(Debug, Clone, Serialize)]
struct Placed {
    name: String,
    kind: String,
    x: u32,
    y: u32,
}

#[derive(Debug, Serialize)]
struct Line {
    class: &'static str,
    path: String,
}

/// What went from one box to another.
#[derive(Debug, Serialize)]
pub(super) struct Traffic {
    /// Position of the step, from 0; absent for the case as a whole.
    step: Option<usize>,
    path: String,
    count: usize,
    x: u32,
    y: u32,
}

impl Drawing {
    /// Draws a topology.
    pub(super) fn of(map: &TopologyMap) -> Self {
        let columns = columns(&map.services);
        let tallest = columns.iter().map(Vec::len).max().unwrap_or_default();
        let rows = u32::try_from(tallest.max(1)).unwrap_or(u32::MAX);
        let height = rows * ROW + MARGIN;
        let mut boxes = vec![placed(REPLAY, "steps", 0, 0, 1, height)];
        for (column, services) in columns.iter().enumerate() {
            for (row, service) in services.iter().enumerate() {
                boxes.push(placed(&service.name, &service.kind, column + 1, row, services.len(), height));
            }
        }
        let mut drawing = Drawing {
            topology: map.topology.clone(),
            id: format!("map-{}", map.topology),
            width: u32::try_from(columns.len() + 1).unwrap_or(u32::MAX) * COLUMN,
            height,
            boxes,
            lines: Vec::new(),
            words: words(map),
        };
        for service in &map.services {
            for (class, targets) in [("need", &service.needs), ("route", &service.routes)] {
                let paths = targets.iter().filter_map(|target| drawing.path(&service.name, target));
                let lines: Vec<_> = paths.map(|(path, _)| Line { class, path }).collect();
                drawing.lines.extend(lines);
            }
        }
        drawing
    }

    /// Whether it shows this topology.
    pub(super) fn is_of(&self, topology: &str) -> bool {
        self.topology == topology
    }

    /// What a case sent as a whole, and step by step where that is wanted.
    pub(super) fn traffic(&self, case: &CaseStory, by_step: bool) -> Vec<Traffic> {
        let mut all = self.of_steps(None, &case.steps);
        if by_step {
            for (position, step) in case.steps.iter().enumerate() {
                all.extend(self.of_steps(Some(position), std::slice::from_ref(step)));
            }
        }
        all
    }

    fn of_steps(&self, step: Option<usize>, steps: &[StepStory]) -> Vec<Traffic> {
        let mut counts: IndexMap<(&str, &str), usize> = IndexMap::new();
        let entries = steps.iter().flat_map(|step| &step.entries);
        for entry in entries.filter(|entry| entry.kind.is_traffic()) {
            *counts.entry((REPLAY, &entry.lane)).or_default() += 1;
            if let Some(behind) = &entry.behind {
                *counts.entry((&entry.lane, behind)).or_default() += 1;
            }
        }
        let drawn = counts.into_iter().filter_map(|((from, to), count)| {
            let (path, (x, y)) = self.path(from, to)?;
            Some(Traffic { step, path, count, x, y })
        });
        drawn.collect()
    }

    /// The way from one box to another, and its middle.
    fn path(&self, from: &str, to: &str) -> Option<(String, (u32, u32))> {
        let find = |name: &str| self.boxes.iter().find(|placed| placed.name == name);
        let (from, to) = (find(from)?, find(to)?);
        let middle = BOX.1 / 2;
        if from.x == to.x {
            let (x, bend) = (from.x + BOX.0, from.x + BOX.0 + 34);
            let (y1, y2) = (from.y + middle, to.y + middle);
            return Some((format!("M{x} {y1}C{bend} {y1} {bend} {y2} {x} {y2}"), (x + 25, y1.midpoint(y2))));
        }
        let forth = from.x < to.x;
        let (x1, x2) = if forth { (from.x + BOX.0, to.x) } else { (from.x, to.x + BOX.0) };
        let (y1, y2, bend) = (from.y + middle, to.y + middle, x1.midpoint(x2));
        Some((format!("M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"), (bend, y1.midpoint(y2))))
    }
}

fn placed(name: &str, kind: &str, column: usize, row: usize, rows: usize, height: u32) -> Placed {
    let number = |wide: usize| u32::try_from(wide).unwrap_or(u32::MAX);
    // Columns that are less tall are centred.
    let top = (height - MARGIN).saturating_sub(number(rows) * ROW) / 2;
    Placed {
        name: name.to_owned(),
        kind: kind.to_owned(),
        x: number(column) * COLUMN + MARGIN,
        y: top + number(row) * ROW + MARGIN,
    }
}

/// Services by distance from the caller: whoever is needed or routed to stands right of who needs it.
fn columns(services: &[MapService]) -> Vec<Vec<&MapService>> {
    let mut ranks: HashMap<&str, usize> = services.iter().map(|service| (service.name.as_str(), 0)).collect();
    // As many rounds as there are services: a longest way visits each at most once, and a circle ends, too.
    for _ in 0..services.len() {
        for service in services {
            let rank = ranks.get(service.name.as_str()).copied().unwrap_or_default();
            for target in service.needs.iter().chain(&service.routes) {
                if let Some(known) = ranks.get_mut(target.as_str()) {
                    *known = (*known).max(rank + 1).min(services.len());
                }
            }
        }
    }
    let mut columns: Vec<Vec<&MapService>> = vec![Vec::new(); ranks.values().max().map_or(0, |max| max + 1)];
    for service in services {
        columns[ranks[service.name.as_str()]].push(service);
    }
    columns.retain(|column| !column.is_empty());
    columns
}

/// The drawing for who cannot see it.
fn words(map: &TopologyMap) -> String {
    let sentence = |service: &MapService| {
        let mut parts = vec![format!("{} ({})", service.name, service.kind)];
        for (verb, names) in [("needs", &service.needs), ("routes to", &service.routes)] {
            if !names.is_empty() {
                parts.push(format!("{verb} {}", names.join(", ")));
            }
        }
        parts.join(" ")
    };
    map.services.iter().map(sentence).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(name: &str, needs: &[&str], routes: &[&str]) -> MapService {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        MapService { name: name.into(), kind: "x".into(), needs: texts(needs), routes: texts(routes) }
    }

    fn names(services: &[MapService]) -> Vec<Vec<&str>> {
        let columns = columns(services);
        columns.iter().map(|column| column.iter().map(|service| service.name.as_str()).collect()).collect()
    }

    #[test]
    fn who_is_needed_stands_right_of_who_needs_it() {
        let services =
            [service("db", &[], &[]), service("tenant", &["db"], &[]), service("edge", &[], &["tenant"])];
        assert_eq!(names(&services), [["edge"], ["tenant"], ["db"]]);
    }

    #[test]
    fn a_circle_is_drawn_and_does_not_hang() {
        let services = [service("a", &["b"], &[]), service("b", &["a"], &[])];
        let map = TopologyMap { topology: "t".into(), services: services.into(), ..TopologyMap::default() };
        assert_eq!(Drawing::of(&map).lines.len(), 2);
    }
}
