//! Everything the stub remembers: orgs with their machines and counts, sessions, faults, the log.
//!
//! One lock guards all of it; nothing waits while holding it.

mod counters;
mod instance;
mod members;
mod org;
mod orgs;
mod requests;
mod snapshot;

pub(crate) use counters::{Call, Counters};
pub(crate) use instance::{Instance, MachineState};
pub(crate) use members::{Member, Members};
pub(crate) use org::Org;
pub(crate) use orgs::Orgs;
pub(crate) use requests::{Filter, Logged, RequestLog};
pub(crate) use snapshot::{Snapshot, snapshot};

use crate::{config::Config, fault::FaultBook};

/// All of it.
pub(crate) struct State {
    pub(crate) orgs: Orgs,
    pub(crate) members: Members,
    pub(crate) totals: Counters,
    pub(crate) log: RequestLog,
    pub(crate) faults: FaultBook,
    pub(crate) launch_failures: Vec<String>,
}

impl State {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            orgs: Orgs::new(&config.orgs, &config.shared_secret),
            members: Members::default(),
            totals: Counters::default(),
            log: RequestLog::default(),
            faults: FaultBook::default(),
            launch_failures: Vec::new(),
        }
    }

    /// Counts a call for everyone and, where it names one, for its org.
    pub(crate) fn count(&mut self, org_id: Option<&str>, mut add: impl FnMut(&mut Counters)) {
        add(&mut self.totals);
        if let Some(org) = org_id.and_then(|id| self.orgs.by_id_mut(id)) {
            add(&mut org.counters);
        }
    }

    /// Forgets calls, faults, machines and sessions; orgs and their credentials stay.
    pub(crate) fn reset(&mut self) {
        self.totals = Counters::default();
        self.log = RequestLog::default();
        self.faults.clear();
        self.members = Members::default();
        self.launch_failures.clear();
        for org in self.orgs.iter_mut() {
            org.counters = Counters::default();
            org.forget_instances();
        }
    }
}
