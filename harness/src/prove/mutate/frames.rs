//! Changed frames of a connection.

use harness_model::event::{Looked, Window};
use serde_json::Value;

use super::json;
use super::whole::Mirrors;
use crate::prove::operator::Operator;

/// Every mutant of the frames that a step looked at.
pub fn each(window: &Window, make: &mut dyn FnMut(Operator, String, Window)) {
    let frames = &window.frames;
    let mut put = |operator, at: usize, frames: Vec<Looked>| {
        make(operator, format!("/{at}"), Window { frames, ..window.clone() });
    };
    for (at, looked) in frames.iter().enumerate() {
        let changed = |change: &dyn Fn(&mut Vec<Looked>)| {
            let mut frames = frames.clone();
            change(&mut frames);
            frames
        };
        put(Operator::FrameDrop, at, changed(&|frames| drop(frames.remove(at))));
        put(Operator::FrameTwice, at, changed(&|frames| frames.insert(at, looked.clone())));
        let late = window.until_ms + 1;
        put(Operator::FrameDelay, at, changed(&|frames| frames[at].at_ms = late));
        if frames.get(at + 1).is_some_and(|next| next.frame != looked.frame) {
            put(Operator::FrameReorder, at, changed(&|frames| frames.swap(at, at + 1)));
        }
    }
    for (at, looked) in frames.iter().enumerate() {
        let Some(payload) = looked.frame.get("json") else { continue };
        let mirrors = Mirrors::of(&looked.frame, "json");
        json::each(payload, &mut |operator, pointer, payload: Value| {
            let mut frames = frames.clone();
            frames[at].frame = mirrors.with(&looked.frame, payload);
            if frames[at] != *looked {
                make(operator, format!("/{at}/json{pointer}"), Window { frames, ..window.clone() });
            }
        });
    }
}
