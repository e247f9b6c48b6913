//! What is measured: one file per kind of thing.

mod files;
mod messages;
mod requests;
mod suite;
mod worlds;

use super::sample::Samples;
use super::{BenchError, Measured, Peer, Plan};

type Figures = Result<(Samples, Peer), BenchError>;

/// A line of the budget table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Line {
    /// 1,000 checked requests in one replay against a static server, process start to exit
    Thousand,
    /// A replay with one request and no topology, process start to exit
    One,
    /// 100 replays against a server that answers in 200 ms, default flags
    Hundred,
    /// The first world of a run: nothing of it is running, programs and clusters are there
    Cold,
    /// A fresh world beside a running one, until every service is ready
    Fresh,
    /// The same first world in containers, images present
    ColdContainers,
    /// A fresh world in containers, until every service is ready
    FreshContainers,
    /// Listing every case of this project, process start to exit
    List,
    /// Reading and checking every case of this project
    Parse,
    /// The whole suite of this project
    Suite,
    /// Verdicts about changed observations, on every core
    Verdicts,
    /// A2A messages through the server, 16 at once
    Messages,
}

impl Line {
    /// Every line, in the order of the table.
    pub const ALL: [Self; 12] = [
        Self::Thousand,
        Self::One,
        Self::Hundred,
        Self::Cold,
        Self::Fresh,
        Self::ColdContainers,
        Self::FreshContainers,
        Self::List,
        Self::Parse,
        Self::Suite,
        Self::Verdicts,
        Self::Messages,
    ];

    /// What is timed, from where to where.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Thousand => "1,000 checked requests in one replay, static server, start to exit",
            Self::One => "one-request replay without a topology, start to exit",
            Self::Hundred => "100 replays, server answers in 200 ms, default flags, start to exit",
            Self::Cold => "cold topology, process backend",
            Self::Fresh => "fresh two-tenant world per replay, process backend",
            Self::ColdContainers => "cold topology, docker backend, images present",
            Self::FreshContainers => "fresh two-tenant world per replay, docker backend",
            Self::List => "list all cases of this project, start to exit",
            Self::Parse => "read and check all cases of this project",
            Self::Suite => "whole suite of this project, process backend, start to exit",
            Self::Verdicts => "10,000 verdicts of `harness prove`",
            Self::Messages => "500 A2A messages through the server, 16 at once",
        }
    }

    /// What the design allows on two idle cores.
    #[must_use]
    pub fn budget(self) -> &'static str {
        match self {
            Self::Thousand => "100 ms",
            Self::One => "15 ms",
            Self::Hundred => "350 ms",
            Self::Cold => "1,000 ms",
            Self::Fresh => "100 ms",
            Self::ColdContainers => "4,000 ms",
            Self::FreshContainers => "none",
            Self::List => "10 ms",
            Self::Parse => "50 ms for 200 files",
            Self::Suite => "60 s for 200 replays",
            Self::Verdicts => "600 ms: a million a minute",
            Self::Messages => "twice the peer's",
        }
    }

    /// Measures it.
    ///
    /// # Errors
    /// When something that is measured does not do its work.
    pub async fn measure(self, plan: &Plan) -> Result<Measured, BenchError> {
        let (ours, peer) = match self {
            Self::Thousand => requests::thousand(plan).await?,
            Self::One => requests::one(plan).await?,
            Self::Hundred => requests::hundred(plan).await?,
            Self::Cold => worlds::cold(plan).await?,
            Self::Fresh => worlds::fresh(plan).await?,
            Self::ColdContainers => worlds::cold_containers(plan).await?,
            Self::FreshContainers => worlds::fresh_containers(plan).await?,
            Self::List => files::list(plan).await?,
            Self::Parse => files::parse(plan).await?,
            Self::Suite => suite::suite(plan).await?,
            Self::Verdicts => suite::verdicts(plan).await?,
            Self::Messages => messages::messages(plan).await?,
        };
        Ok(Measured { line: self, ours, peer })
    }
}
