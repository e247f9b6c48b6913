//! Images of the container backend: found by tag, pulled, or built here.
//!
//! Reading order: [`rootfs`] (an image's file system from this machine's files), [`context`] (what the
//! engine builds from, with its digest), [`build`] (talking to the engine). The definitions are data:
//! `fixtures/images/<name>/`.

pub mod build;
pub mod context;
pub mod rootfs;

use std::path::{Path, PathBuf};

use harness_model::image::Image;
use thiserror::Error;

/// Why an image could not be made.
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
    /// A program of this project is not built.
    #[error("image `{image}`: no program {}\n  fix: cargo build --workspace", path.display())]
    Program {
        /// The image.
        image: String,
        /// Where it was looked for.
        path: PathBuf,
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
}

impl ImageError {
    fn read(path: &Path, source: std::io::Error) -> Self {
        Self::Read { path: path.into(), source }
    }

    fn program(image: &Image, path: &Path) -> Self {
        Self::Program { image: image.image.clone(), path: path.into() }
    }
}
