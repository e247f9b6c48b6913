//! Image definitions: `fixtures/images/<name>/image.yaml` and the files beside it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use harness_model::image::Image;
use harness_model::yaml::{Source, Style};

use super::ImageError;

/// Where a project defines its images.
pub(super) const FOLDER: &str = "fixtures/images";

/// The folder with a project's image definitions.
#[derive(Clone, Debug)]
pub struct Definitions(PathBuf);

impl Definitions {
    /// Those of the project with this root.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self(root.join(FOLDER))
    }

    /// The folder of one image: its definition, its `Dockerfile`, what else is copied into it.
    pub(super) fn folder(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Reads one.
    ///
    /// # Errors
    /// When there is none, or it has mistakes.
    pub fn read(&self, name: &str) -> Result<Image, ImageError> {
        let shown = format!("{FOLDER}/{name}/image.yaml");
        let text = match fs::read_to_string(self.folder(name).join("image.yaml")) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(ImageError::Unknown { name: name.into(), known: self.names()? });
            }
            read => read.map_err(|error| ImageError::read(Path::new(&shown), error))?,
        };
        let (image, diagnostics) = Image::read(Source::new(shown, text));
        image.ok_or_else(|| {
            let findings = diagnostics.render(Style::Plain).trim_end().to_owned();
            ImageError::Definition { image: name.into(), findings }
        })
    }

    /// The names of all, sorted.
    ///
    /// # Errors
    /// When there is none, or the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, ImageError> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(ImageError::Undefined),
            read => read.map_err(|error| ImageError::read(Path::new(FOLDER), error))?,
        };
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().join("image.yaml").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        if names.is_empty() { Err(ImageError::Undefined) } else { Ok(names) }
    }
}
