//! Why there is no image to run.

use std::path::{Path, PathBuf};

use harness_model::image::Image;
use thiserror::Error;

use crate::world::{Class, WorldError};

/// Why there is no image to run.
#[derive(Debug, Error)]
pub enum ImageError {
    /// The definition has mistakes; the text locates them all.
    #[error("{0}")]
    Definition(String),
    /// There is no such image.
    #[error("no image `{name}`: no folder {}", folder.display())]
    Unknown {
        /// The name.
        name: String,
        /// Where it would be.
        folder: PathBuf,
    },
    /// It holds a program that the topology does not name.
    #[error("image `{image}` holds `{program}`, which no topology's `programs` describes")]
    UnknownProgram {
        /// The image.
        image: String,
        /// The program.
        program: String,
    },
    /// A bad glob.
    #[error("`{0}` is not a glob")]
    Glob(String),
    /// A file of this machine is missing.
    #[error("image `{image}`: nothing matches {path}\n  fix: apt-get install {packages}")]
    Missing {
        /// The image.
        image: String,
        /// The glob without a match.
        path: String,
        /// The packages to install.
        packages: String,
    },
    /// The image that is there was built from something else, and building was forbidden.
    #[error("image `{image}` is stale: {found}, the working tree is {tree}\n  fix: {fix}")]
    Stale {
        /// The image.
        image: String,
        /// What is there instead.
        found: String,
        /// The digest of the working tree.
        tree: String,
        /// How to build it.
        fix: String,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The engine refused or could not be reached.
    #[error("the container engine: {0}")]
    Engine(#[from] bollard::errors::Error),
    /// A build step failed.
    #[error("building image `{image}` failed: {message}")]
    Build {
        /// The image.
        image: String,
        /// What the engine said.
        message: String,
    },
    /// A program of it could not be built.
    #[error(transparent)]
    Program(#[from] WorldError),
}

impl ImageError {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.into(), source }
    }

    pub(super) fn missing(image: &Image, path: &str) -> Self {
        Self::Missing { image: image.image.clone(), path: path.into(), packages: image.packages.join(" ") }
    }
}

impl From<ImageError> for WorldError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Program(error) => error,
            ImageError::Stale { image, found, tree, fix } => {
                Self::Stale { program: format!("image {image}"), built: found, tree, fix }
            }
            ImageError::Missing { image, path, packages } => Self::Prerequisite {
                what: format!("image `{image}` cannot be made: nothing matches {path}"),
                fix: format!("apt-get install {packages}"),
            },
            ImageError::Build { image, message } => {
                Self::Build { what: format!("image `{image}`"), output: message }
            }
            ImageError::Read { path, source } => Self::io(format!("read {}", path.display()))(source),
            ImageError::Engine(error) => {
                Self::Host { class: Class::Internal, text: format!("the container engine: {error}") }
            }
            error @ (ImageError::Unknown { .. }
            | ImageError::UnknownProgram { .. }
            | ImageError::Definition(_)
            | ImageError::Glob(_)) => Self::Usage(error.to_string()),
        }
    }
}
