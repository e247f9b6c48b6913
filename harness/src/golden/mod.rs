//! Golden pairs that need a counterpart on the wire.
//!
//! [`cp`]: what a control plane answers, whichever program plays it. A pair is checked against a
//! freshly started [`stub`], or against any other control plane that is given by address.

pub mod cp;
pub mod stub;

#[cfg(test)]
mod tests;
