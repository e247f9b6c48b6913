//! Stress: one case many times, under noise, without retries, so that a flake has a number.
//!
//! [`noise`] keeps the processors busy and the services apart, [`run`](mod@run) makes the runs and counts them,
//! [`rate`] says how sure the count makes anybody, [`report`] has the words.

pub mod noise;
pub mod rate;
pub mod report;
pub mod run;
