//! Ports for children, known before they start.
//!
//! They lie outside the kernel's ephemeral range, where an outgoing connection could take one at
//! any moment, and are leased in blocks by locked files that every harness of this machine
//! shares. A lease ends with the process that holds it, however it ends.

use std::fs::{self, File, OpenOptions};
use std::net::Ipv4Addr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpSocket;

use crate::world::WorldError;

const BLOCK: u16 = 64;
/// Below this live well-known services, also those of developers.
const LOWEST: u16 = 15_000;

/// The ports one process may hand out; grows by whole blocks.
pub(crate) struct Ports {
    folder: PathBuf,
    usable: Vec<Range<u16>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    free: Vec<u16>,
    /// Whole blocks that came back.
    blocks: Vec<Range<u16>>,
    leases: Vec<File>,
}

impl Ports {
    /// Ports leased through files in a folder that all harnesses of the machine share.
    pub(crate) fn new(folder: &Path) -> Result<Self, WorldError> {
        fs::create_dir_all(folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
        let usable = usable(ephemeral());
        Ok(Self { folder: folder.to_owned(), usable, state: Mutex::default() })
    }

    /// A port nobody listens on, ours until [`Ports::give_back`].
    pub(crate) fn take(&self) -> Result<u16, WorldError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            while let Some(port) = state.free.pop() {
                // A stranger may listen inside a leased block: it keeps its port.
                if is_free(port) {
                    return Ok(port);
                }
            }
            let (lease, block) = self.lease()?;
            state.leases.push(lease);
            state.free.extend(block.rev());
        }
    }

    /// Returns a port, to be handed out last.
    pub(crate) fn give_back(&self, port: u16) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.free.insert(0, port);
    }

    /// A whole block of neighbouring ports, ours until [`Ports::give_block_back`]. Strangers may
    /// listen on some of them.
    pub(crate) fn take_block(&self) -> Result<Range<u16>, WorldError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.blocks.is_empty() {
            let (lease, block) = self.lease()?;
            state.leases.push(lease);
            state.blocks.push(block);
        }
        Ok(state.blocks.remove(0))
    }

    /// Returns a block, to be handed out last.
    pub(crate) fn give_block_back(&self, block: Range<u16>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).blocks.push(block);
    }

    fn lease(&self) -> Result<(File, Range<u16>), WorldError> {
        for block in self.usable.iter().flat_map(|range| blocks(range.clone())) {
            let path = self.folder.join(block.start.to_string());
            let file = OpenOptions::new().create(true).append(true).open(&path);
            let file = file.map_err(WorldError::io(format!("open {}", path.display())))?;
            if file.try_lock().is_ok() {
                return Ok((file, block));
            }
        }
        Err(WorldError::Prerequisite {
            what: format!("every port block in {} is leased", self.folder.display()),
            fix: "end other harness runs (`harness down --all`)".into(),
        })
    }
}

/// Whether nobody listens on a port.
///
/// Bound and never listened at: a child that is forked meanwhile holds a copy of the socket until it becomes another
/// program, and a copy that listened would keep whoever gets the port from listening.
fn is_free(port: u16) -> bool {
    let bound = TcpSocket::new_v4().and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind((Ipv4Addr::LOCALHOST, port).into())
    });
    bound.is_ok()
}

fn blocks(range: Range<u16>) -> impl Iterator<Item = Range<u16>> {
    (range.start..range.end.saturating_sub(BLOCK))
        .step_by(usize::from(BLOCK))
        .map(|start| start..start + BLOCK)
}

/// The kernel's ephemeral range; the IANA one where the kernel does not tell.
fn ephemeral() -> Range<u16> {
    let told = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut ends = told.split_whitespace().filter_map(|end| end.parse::<u16>().ok());
    match (ends.next(), ends.next()) {
        (Some(low), Some(high)) => low..high.saturating_add(1),
        _ => 49_152..u16::MAX,
    }
}

fn usable(ephemeral: Range<u16>) -> Vec<Range<u16>> {
    let below = LOWEST..ephemeral.start.max(LOWEST);
    let above = ephemeral.end.max(LOWEST)..u16::MAX;
    [below, above].into_iter().filter(|range| range.len() > usize::from(BLOCK)).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn two_holders_never_get_the_same_port() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (Ports::new(folder.path()).unwrap(), Ports::new(folder.path()).unwrap());
        let taken: Vec<u16> =
            (0..100).map(|turn| if turn % 2 == 0 { &one } else { &two }.take().unwrap()).collect();
        let mut distinct = taken.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), taken.len());
        let ephemeral = ephemeral();
        assert!(taken.iter().all(|port| !ephemeral.contains(port)), "{taken:?} {ephemeral:?}");
    }

    #[test]
    fn a_port_in_use_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let ports = Ports::new(folder.path()).unwrap();
        let port = ports.take().unwrap();
        ports.give_back(port);
        let _stranger = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        let rest: Vec<u16> = (0..BLOCK).map(|_| ports.take().unwrap()).collect();
        assert!(!rest.contains(&port));
    }

    #[test]
    fn a_look_at_a_port_keeps_nobody_from_listening_there() {
        let folder = tempfile::tempdir().unwrap();
        let port = Ports::new(folder.path()).unwrap().take().unwrap();
        let looking = TcpSocket::new_v4().unwrap();
        looking.set_reuseaddr(true).unwrap();
        looking.bind((Ipv4Addr::LOCALHOST, port).into()).unwrap();
        assert!(is_free(port));
        let _listens = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert!(!is_free(port));
    }

    proptest! {
        #[test]
        fn usable_ranges_keep_clear_of_the_ephemeral_one(low in 0u16.., size in 0u16..) {
            let ephemeral = low..low.saturating_add(size);
            for range in usable(ephemeral.clone()) {
                prop_assert!(range.start >= LOWEST && range.start < range.end);
                prop_assert!(range.end <= ephemeral.start || range.start >= ephemeral.end);
            }
        }
    }
}
