//! Who sends a message, as far as the pipeline cares.

use std::time::Duration;

use server_types::WorkspaceId;

/// The class of a sender. Only the HTTP edge makes the first two from a request, and only server
/// code makes the third, so a system caller cannot be forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The user in the canvas, or an integration: no workspace behind it.
    Canvas,
    /// A workspace; its token was checked at the edge.
    Workspace(WorkspaceId),
    /// The server itself, by the part that speaks (`webhook`, `channel`, …).
    System(&'static str),
}

/// Longest exchange on behalf of anything but a person.
const MACHINE_CEILING: Duration = Duration::from_secs(30 * 60);

impl Caller {
    /// What goes into `source_id` and `caller_id`.
    pub fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Workspace(id) => Some(id),
            Self::Canvas | Self::System(_) => None,
        }
    }

    /// The absolute end of an exchange that names none; a person may wait as long as the agent works.
    pub fn ceiling(self) -> Option<Duration> {
        match self {
            Self::Canvas => None,
            Self::Workspace(_) | Self::System(_) => Some(MACHINE_CEILING),
        }
    }
}
