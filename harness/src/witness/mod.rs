//! Red witnesses: every bug is brought back, and its replay must turn red where the witness says.
//!
//! A green replay says little until it was seen red. [`plan`] turns cases into trials, [`weigh`](mod@weigh)
//! says what one trial showed, [`run`](mod@run) makes all of them and tells each as it ends, [`report`] has the
//! words. How a bug is brought back in a running world stands in the engine; what a world needs from its start,
//! in the runner.

pub mod plan;
pub mod report;
pub mod run;
pub mod weigh;
