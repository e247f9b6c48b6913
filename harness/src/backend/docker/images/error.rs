//! Why there is no image to run.

use std::path::{Path, PathBuf};

use harness_model::image::Image;
use thiserror::Error;

use super::definition::FOLDER;
use crate::world::{Class, WorldError};

/// How an image is had that may not be built by the way.
const BUILD: &str = "harness images build, or unset NO_BUILD";

/// Why there is no image to run.
#[derive(Debug, Error)]
pub enum ImageError {
    /// The definition has mistakes; the text locates them all.
    #[error("image `{image}` cannot be used\n\n{findings}")]
    Definition {
        /// The image.
        image: String,
        /// Every mistake with its place.
        findings: String,
    },
    /// The project defines none.
    #[error("this project has no images\n  fix: define one in {FOLDER}/<name>/image.yaml")]
    Undefined,
    /// There is no such image.
    #[error("no image `{name}`: there is no {FOLDER}/{name}/image.yaml; this project has {}", known.join(", "))]
    Unknown {
        /// The name.
        name: String,
        /// The names that exist.
        known: Vec<String>,
    },
    /// It holds a program that the topology does not name.
    #[error(
        "image `{image}` holds `{program}`, which the topology does not describe\n  fix: describe it under \
         `programs` of the topology, or name another one with --topology"
    )]
    UnknownProgram {
        /// The image.
        image: String,
        /// The program.
        program: String,
    },
    /// A bad glob.
    #[error(
        "image `{image}`: `{text}` is not a glob: {cause}\n  fix: correct it in {FOLDER}/{image}/image.yaml"
    )]
    Glob {
        /// The image.
        image: String,
        /// The glob.
        text: String,
        /// What is wrong with it.
        cause: &'static str,
    },
    /// A file of this machine is missing.
    #[error("image `{image}` cannot be made: nothing matches {path}\n  fix: {fix}")]
    Missing {
        /// The image.
        image: String,
        /// The glob without a match.
        path: String,
        /// How to get it.
        fix: String,
    },
    /// There is none of it, and building was forbidden.
    #[error("image `{image}`: there is none, and NO_BUILD forbids to build it\n  fix: {BUILD}")]
    Absent {
        /// The image.
        image: String,
    },
    /// The image that is there was built from something else, and building was forbidden.
    #[error("image `{image}` is stale: {found}, the working tree is {tree}\n  fix: {BUILD}")]
    Stale {
        /// The image.
        image: String,
        /// What is there instead.
        found: String,
        /// The digest of the working tree.
        tree: String,
    },
    /// A file that it is made from could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The engine refused or could not be reached.
    #[error("the container engine failed: {0}\n  fix: see what `docker info` says")]
    Engine(#[from] bollard::errors::Error),
    /// A build step failed.
    #[error("building image `{image}` failed: {message}")]
    Build {
        /// The image.
        image: String,
        /// What the engine said.
        message: String,
    },
    /// A program of it could not be built, or a folder for that not be made.
    #[error(transparent)]
    Program(#[from] WorldError),
}

impl ImageError {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.into(), source }
    }

    pub(super) fn glob(image: &Image, text: &str, error: &glob::PatternError) -> Self {
        Self::Glob { image: image.image.clone(), text: text.into(), cause: error.msg }
    }

    pub(super) fn missing(image: &Image, path: &str) -> Self {
        let fix = match image.packages.as_slice() {
            [] => format!("correct the path in {FOLDER}/{}/image.yaml", image.image),
            packages => format!("apt-get install {}", packages.join(" ")),
        };
        Self::Missing { image: image.image.clone(), path: path.into(), fix }
    }
}

impl From<ImageError> for WorldError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Program(error) => error,
            ImageError::Absent { image } => Self::Prerequisite {
                what: format!("image `{image}`: there is none, and NO_BUILD forbids to build it"),
                fix: BUILD.into(),
            },
            ImageError::Stale { image, found, tree } => {
                Self::Stale { program: format!("image {image}"), built: found, tree, fix: BUILD.into() }
            }
            ImageError::Missing { image, path, fix } => Self::Prerequisite {
                what: format!("image `{image}` cannot be made: nothing matches {path}"),
                fix,
            },
            ImageError::Build { image, message } => {
                Self::Build { what: format!("image `{image}`"), output: message }
            }
            ImageError::Read { path, source } => Self::io(format!("read {}", path.display()))(source),
            error @ ImageError::Engine(_) => Self::Host { class: Class::Internal, text: error.to_string() },
            error @ (ImageError::Unknown { .. }
            | ImageError::UnknownProgram { .. }
            | ImageError::Definition { .. }
            | ImageError::Undefined
            | ImageError::Glob { .. }) => Self::Usage(error.to_string()),
        }
    }
}
