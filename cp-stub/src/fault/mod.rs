//! What may go wrong on purpose.
//!
//! A fault is a [`Match`] (which calls, and which of them) and an [`Action`] (what happens instead
//! of, or to, the honest answer). Faults apply in the order they were added, one per call, so a list
//! of faults with `count: 1` is a scripted sequence of answers.

mod action;
mod book;
mod mar;
mod matching;
mod pattern;
mod preset;

pub(crate) use action::{Action, Body as ScriptedBody, LaunchMode, Script};
pub(crate) use book::{FaultBook, FaultView, Hit};
pub(crate) use mar::{Dropped, mar};
pub(crate) use matching::{CallFacts, Match};
pub(crate) use pattern::PathPattern;
pub(crate) use preset::PRESETS;

use serde::Deserialize;

/// Body of `POST /__stub/faults`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FaultSpec {
    /// A named fault; `match` and `action` then only add to it.
    #[serde(default)]
    pub(crate) preset: Option<String>,
    #[serde(default, rename = "match")]
    pub(crate) matching: Match,
    #[serde(default)]
    pub(crate) action: Option<Action>,
}

/// A fault that cannot be added.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FaultRefused {
    #[error("unknown preset {0:?}; known: {known}", known = PRESETS.map(|preset| preset.name).join(", "))]
    UnknownPreset(String),
    #[error("a fault needs a preset or an action")]
    NoAction,
    #[error("nth and count start at 1")]
    Zero,
}

impl FaultSpec {
    /// Fills in the preset and checks the numbers.
    pub(crate) fn resolve(self) -> Result<(Match, Action), FaultRefused> {
        let (matching, action) = match &self.preset {
            None => (self.matching, self.action.ok_or(FaultRefused::NoAction)?),
            Some(name) => {
                let preset = preset::find(name).ok_or_else(|| FaultRefused::UnknownPreset(name.clone()))?;
                (self.matching.or(&preset.matching()), self.action.unwrap_or_else(|| preset.action()))
            }
        };
        if matching.nth == Some(0) || matching.count == Some(0) {
            return Err(FaultRefused::Zero);
        }
        Ok((matching, action))
    }
}
