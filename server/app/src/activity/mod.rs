//! The trace of what agents said and did, and its readers.
//!
//! Reading order: [`mod@record`] (rows and their events), [`waiting`] (rows until then), [`report`] (an agent reports), [`notify`] (an
//! agent speaks to the user), [`query`] (what may be asked), [`list`] (the answer), [`retention`].

pub mod list;
pub mod notify;
pub mod query;
pub mod record;
pub mod report;
pub mod retention;
pub mod waiting;

pub use record::{NotRecorded, record};
pub use waiting::Pending;
