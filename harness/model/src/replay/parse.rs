//! From a file to a replay or a part, and back.

use crate::form::Form;
use crate::yaml::{Diagnostics, Source, emit, parse};

use super::{Part, Replay};

/// Reads a replay. The diagnostics hold every error of syntax and shape; what only whole-file
/// analysis can find (unbound names, retried effects) is the business of [`crate::check`]. With errors the replay is
/// what could be read of it: fit to be checked, so that all mistakes are told at once, and not to be run.
pub fn parse_replay(source: &Source) -> (Option<Replay>, Diagnostics) {
    read(source)
}

/// Reads a part, as [`parse_replay`] does a replay.
pub fn parse_part(source: &Source) -> (Option<Part>, Diagnostics) {
    read(source)
}

fn read<T: Form>(source: &Source) -> (Option<T>, Diagnostics) {
    let mut diagnostics = Diagnostics::recovering(source.clone());
    let root = parse(&mut diagnostics);
    let read = root.and_then(|root| T::read(&root, &mut diagnostics));
    (read, diagnostics)
}

/// The file that reads back as this value.
pub fn print<T: Form>(value: &T) -> String {
    emit(&value.write())
}
