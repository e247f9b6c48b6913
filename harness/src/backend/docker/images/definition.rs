//! Image definitions: `fixtures/images/<name>/image.yaml` and the files beside it.

use std::fs;
use std::path::{Path, PathBuf};

use harness_model::image::Image;
use harness_model::yaml::{Source, Style};

use super::ImageError;

/// The folder with a project's image definitions.
#[derive(Clone, Debug)]
pub struct Definitions(PathBuf);

impl Definitions {
    /// Those of the project with this root.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        Self(root.join("fixtures/images"))
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
        let path = self.folder(name).join("image.yaml");
        let text = fs::read_to_string(&path)
            .map_err(|_| ImageError::Unknown { name: name.into(), folder: self.folder(name) })?;
        let (image, diagnostics) = Image::read(Source::new(path.to_string_lossy().into_owned(), text));
        image.ok_or_else(|| ImageError::Definition(diagnostics.render(Style::Plain)))
    }

    /// The names of all, sorted.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<String>, ImageError> {
        let entries = fs::read_dir(&self.0).map_err(|error| ImageError::read(&self.0, error))?;
        let mut names: Vec<String> = entries
            .flatten()
            .filter(|entry| entry.path().join("image.yaml").is_file())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Ok(names)
    }
}
