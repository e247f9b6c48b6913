//! The programs a topology runs: built once per content, proven fresh, kept by digest.
//!
//! A program's digest covers its declared sources. The build carries it into the binary, the
//! binary is kept under its digest in the cache, and a running service is asked for it (see
//! [`stale`]), so that what runs is what the working tree says.

mod build;
mod digest;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use harness_model::topology::{Kind, Program, Topology};
use indexmap::IndexMap;

use crate::world::{Options, WorldError};

/// A program that can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Built {
    /// The file to run.
    pub(crate) path: PathBuf,
    /// The digest of its sources in the working tree: 40 hex digits.
    pub(crate) digest: String,
}

/// What the file of a program with bug seams is called after its name.
const SEAMED: &str = "+seams";

/// How programs are built: as this one was, so that a bench of a release measures releases.
const OPTIMISED: bool = !cfg!(debug_assertions);
/// What the file of an optimised program is called after its name.
const RELEASE: &str = "+release";

/// The programs of a stage, by name.
pub(crate) type Programs = IndexMap<String, Built>;

/// Which build of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// The one that is released.
    Plain,
    /// The one with bug seams, of the programs that have some.
    Seamed,
}

/// Builds, or finds in the cache or in `HARNESS_BIN_DIR`, every program the topology runs.
pub(crate) async fn prepare(
    options: &Options,
    topology: &Topology,
    flavour: Flavour,
) -> Result<Programs, WorldError> {
    make(options, wanted(topology, flavour)?, flavour).await
}

/// Builds, or finds, these programs.
pub(crate) async fn make(
    options: &Options,
    wanted: impl IntoIterator<Item = (String, Program)>,
    flavour: Flavour,
) -> Result<Programs, WorldError> {
    let mut built = IndexMap::new();
    let mut missing = Vec::new();
    for (name, program) in wanted {
        let digest = sources(&options.root, &program)?;
        let file = |name: &str| match flavour {
            Flavour::Plain => name.to_owned(),
            Flavour::Seamed => format!("{name}{SEAMED}"),
        };
        let kept = match &options.bin_dir {
            Some(folder) => given(folder, &file(&program.bin))?,
            None => keep_path(&options.cache, &kept_as(file(&name)), &digest),
        };
        if options.bin_dir.is_none() && (options.rebuild || !kept.exists()) {
            missing.push(build::Job { program: program.clone(), digest: digest.clone(), keep: kept.clone() });
        }
        built.insert(name, Built { path: kept, digest });
    }
    if !missing.is_empty() {
        build::run(options, &missing).await?;
    }
    Ok(built)
}

/// What a program would be now, without building it: the digest of its sources, or of the given file.
pub(crate) fn identity(options: &Options, program: &Program) -> Result<String, WorldError> {
    match &options.bin_dir {
        None => sources(&options.root, program),
        Some(folder) => digest::of_file(&given(folder, &program.bin)?),
    }
}

/// The digest of a program's sources in the working tree.
pub(crate) fn sources(root: &Path, program: &Program) -> Result<String, WorldError> {
    digest::of(root, &program.sources, &program.features)
}

/// The digest of some paths of the project: what a database template is keyed by.
pub(crate) fn digest_of(root: &Path, paths: &[String]) -> Result<String, WorldError> {
    digest::of(root, paths, &[])
}

/// The error for a service that reports another digest than the working tree's.
pub(crate) fn stale(options: &Options, program: &str, built: &str, tree: &str) -> WorldError {
    let fix = match &options.bin_dir {
        Some(folder) => format!("build `{program}` anew into {} or unset HARNESS_BIN_DIR", folder.display()),
        None => "REBUILD=1".to_owned(),
    };
    WorldError::Stale { program: program.to_owned(), built: built.to_owned(), tree: tree.to_owned(), fix }
}

/// The programs that services of the topology or of its variants run, as this flavour is built.
fn wanted(topology: &Topology, flavour: Flavour) -> Result<HashMap<String, Program>, WorldError> {
    let extra = topology.variants.values().flat_map(|variant| variant.services.values());
    let mut wanted = HashMap::new();
    for service in topology.services.values().chain(extra) {
        if let Kind::Program { name, .. } = &service.kind {
            let program = topology.programs.get(name);
            let program =
                program.ok_or_else(|| WorldError::unknown("program", name, topology.programs.keys()))?;
            match flavour {
                Flavour::Plain => wanted.insert(name.clone(), program.clone()),
                Flavour::Seamed if program.bug_env.is_some() => wanted.insert(name.clone(), seamed(program)),
                Flavour::Seamed => None,
            };
        }
    }
    Ok(wanted)
}

fn seamed(program: &Program) -> Program {
    let features = program.features.iter().chain(&program.bug_features).cloned().collect();
    Program { features, ..program.clone() }
}

fn given(folder: &Path, bin: &str) -> Result<PathBuf, WorldError> {
    let path = folder.join(bin);
    if path.is_file() {
        return Ok(path);
    }
    Err(WorldError::Prerequisite {
        what: format!("HARNESS_BIN_DIR has no `{bin}` ({})", path.display()),
        fix: format!("build `{bin}` into it, or unset HARNESS_BIN_DIR to let the harness build"),
    })
}

/// The name of a kept program: one of another build must not be taken for it.
fn kept_as(file: String) -> String {
    if OPTIMISED { file + RELEASE } else { file }
}

fn keep_path(cache: &Path, name: &str, digest: &str) -> PathBuf {
    cache.join("bin").join(format!("{name}-{digest}"))
}
