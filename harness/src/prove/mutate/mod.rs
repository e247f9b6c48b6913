//! The mutants of an observation.
//!
//! A change is made where a server would make it: to the status, a header, the body, a row, a frame. What an
//! observation derives from that ([`whole`]: the body as text, its size, the only column of a row) follows, so
//! that a mutant is an observation the engine could have made.

pub mod frames;
pub mod headers;
pub mod json;
pub mod text;
pub mod whole;

use serde_json::{Map, Value};

use self::whole::Mirrors;
use super::operator::Operator;
use crate::engine::again::Sighting;

/// A changed observation.
#[derive(Debug, Clone, PartialEq)]
pub struct Mutant {
    /// What was changed.
    pub operator: Operator,
    /// In which facet; `frames` for a stream.
    pub facet: &'static str,
    /// Where in it, as a JSON pointer.
    pub pointer: String,
    /// The observation.
    pub sighting: Sighting,
}

/// The facets that are made of nothing else, the first of each line that is there is changed.
const BODIES: [&str; 5] = ["rows", "json", "lines", "value", "text"];

/// Makes every mutant of an observation.
pub fn each(original: &Sighting, make: &mut dyn FnMut(Mutant)) {
    if let Some(window) = &original.window {
        frames::each(window, &mut |operator, pointer, window| {
            let sighting = Sighting { facets: original.facets.clone(), window: Some(window) };
            make(Mutant { operator, facet: "frames", pointer, sighting });
        });
        return;
    }
    let facets = &original.facets;
    let mut changed = |operator, facet, pointer: String, facets: Map<String, Value>| {
        if facets != original.facets {
            make(Mutant { operator, facet, pointer, sighting: Sighting { facets, window: None } });
        }
    };
    for facet in ["status", "affected", "exit"] {
        if let Some(number) = facets.get(facet).and_then(Value::as_i64) {
            for (operator, number) in counts(facet, number) {
                let count = Mirrors::of(facets, facet).with(facets, Value::from(number));
                changed(operator, facet, String::new(), count);
            }
        }
    }
    if let Some(Value::Object(tree)) = facets.get("headers") {
        headers::each(tree, &mut |operator, pointer, tree| {
            let mut with = facets.clone();
            with.insert("headers".to_owned(), Value::Object(tree));
            changed(operator, "headers", pointer, with);
        });
    }
    let body = BODIES.into_iter().find(|facet| facets.get(*facet).is_some_and(|body| !body.is_null()));
    for facet in body.into_iter().chain(["stdout", "stderr", "error"]) {
        let Some(value) = facets.get(facet) else { continue };
        let mirrors = Mirrors::of(facets, facet);
        let mut put = |operator, pointer, value| {
            changed(operator, facet, pointer, mirrors.with(facets, value));
        };
        match (facet, value) {
            ("rows", Value::Array(rows)) => json::each_row(rows, &mut put),
            ("text" | "stdout" | "stderr", Value::String(text)) => text::each(text, &mut put),
            _ => json::each(value, &mut put),
        }
        if facet == "json" && facets.contains_key("text") {
            changed(Operator::BodyEmpty, facet, String::new(), whole::without_body(facets));
        }
    }
}

/// Other numbers in place of a status or a count.
fn counts(facet: &str, number: i64) -> Vec<(Operator, i64)> {
    if facet != "status" {
        return vec![(Operator::CounterPlusOne, number + 1), (Operator::CounterMinusOne, number - 1)];
    }
    let class = if (200..300).contains(&number) { 500 } else { 200 };
    let found = if number == 404 { 200 } else { 404 };
    vec![
        (Operator::StatusPlusOne, number + 1),
        (Operator::StatusMinusOne, number - 1),
        (Operator::StatusClass, class),
        (Operator::StatusFound, found),
    ]
}
