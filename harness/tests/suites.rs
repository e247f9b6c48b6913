//! Every replay row, corpus entry and golden vector of this project as a test of its own.
//!
//! `HARNESS_PROJECT` names another project's folder, as for the command line.
//!
//! Listing only reads files. Everything else happens inside the case: the first case of a process opens the
//! stage, each replay has its own world, and after the last case everything is taken down. Under nextest every
//! case is a process; the processes share what is slow to start.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use harness::project::Project;
use harness::runner::as_tests;

fn main() -> ExitCode {
    harness::intercept();
    harness::install_tls();
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies below the root");
    let root = std::env::var_os("HARNESS_PROJECT").map_or_else(|| own.to_owned(), PathBuf::from);
    as_tests::main(&Project::at(root), Path::new(env!("CARGO_BIN_EXE_harness")))
}
