//! What runs a workspace: the control plane's machines, containers of a local Docker engine, or nothing
//! (external agents only).
//!
//! [`Backend`] stays inside [`crate::provisioning`]: every start and stop goes through its dispatcher,
//! because call sites that asked for one backend by hand leaked machines of the other for months.

pub mod control_plane;
pub mod docker;

use control_plane::ControlPlane;
use docker::Docker;

/// The backend wired at boot; exactly one.
#[derive(Clone, Debug)]
pub(crate) enum Backend {
    /// No backend: only external workspaces work.
    None,
    /// Machines of the control plane.
    ControlPlane(ControlPlane),
    /// Containers of the local engine.
    Docker(Box<Docker>),
}

/// Whether a workspace's machine runs. Uncertainty is its own answer: nothing may be stopped or
/// restarted on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// It runs.
    Running,
    /// It is known not to run.
    Gone,
    /// Nobody can say; the reason is for the log.
    Unknown(String),
}

/// Asked of a back end that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("provisioner: no backend configured (zero-valued receiver)")]
pub struct NoBackend;
