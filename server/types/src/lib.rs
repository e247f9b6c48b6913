//! The vocabulary of the workspace server: ids, closed sets of words, limits. No I/O.
//!
//! Reading order: [`ids`] (what names a thing), [`status`] and [`transition`] (the workspace state machine),
//! [`delivery`] (how messages reach an agent), [`event`] (what is announced), [`limits`] (every cap
//! the server enforces), [`stored`] (text that the database can hold); `seams`, in builds for witnesses only.

pub mod delivery;
pub mod event;
pub mod ids;
pub mod limits;
pub mod public;
#[cfg(any(feature = "witness", test))]
pub mod seams;
pub mod status;
pub mod stored;
pub mod transition;

pub use delivery::DeliveryMode;
pub use event::EventName;
pub use ids::*;
pub use public::PublicText;
pub use status::WorkspaceStatus;
pub use transition::Trigger;
