//! An image of the container backend: what it holds and where that comes from.
//!
//! `fixtures/images/<name>/image.yaml` stands beside the `Dockerfile` that the image is built from. An image
//! is resolved in this order: a local tag with the right digest, the `official` one from a registry, and
//! else it is assembled here: from the machine's own packages and the programs of this project, so that a
//! machine without a registry can run containers too.

use schemars::{Schema, SchemaGenerator};

use crate::form::{Form, Map};
use crate::record;
use crate::yaml::{self, Diagnostics, Node, Source};

record! {
    /// One image.
    pub struct Image in "an image" {
        /// Its name; the local tag is `harness/<image>:<digest>`.
        image: String = required("image"),
        /// Reference of the published image that does the same job; pulled when a registry answers.
        official: Option<String> = optional("official"),
        /// Debian packages that bring the files below; named when one is missing.
        packages: Vec<String> = default("packages"),
        /// Programs of this project, placed in `/usr/local/bin`.
        binaries: Vec<String> = default("binaries"),
        /// Executables and libraries of the machine, copied with every shared library they load; globs.
        programs: Vec<String> = default("programs"),
        /// Files and whole folders of the machine; globs.
        trees: Vec<String> = default("trees"),
        /// Globs of files in the trees that are left out.
        without: Vec<String> = default("without"),
        /// Symbolic links: path to target.
        links: Map<String> = default("links"),
        /// Users and their ids, beside root.
        users: Map<u64> = default("users"),
        /// Empty folders that every user may write to.
        writable: Vec<String> = default("writable"),
    }
}

impl Image {
    /// Reads a file; `None` when it has errors, all of which are in the diagnostics.
    #[must_use]
    pub fn read(source: Source) -> (Option<Self>, Diagnostics) {
        let mut diagnostics = Diagnostics::new(source);
        let image = yaml::parse(&mut diagnostics)
            .and_then(|node: Node| <Self as Form>::read(&node, &mut diagnostics));
        (image, diagnostics)
    }

    /// The JSON schema of the file, for editors.
    #[must_use]
    pub fn schema(generator: &mut SchemaGenerator) -> Schema {
        <Self as Form>::schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_of_an_image_is_located_and_corrected() {
        let text = "image: redis\nprogram: [/usr/bin/redis-server]\n";
        let (image, diagnostics) = Image::read(Source::new("image.yaml", text));
        assert!(image.is_none());
        let shown = diagnostics.render(crate::yaml::Style::Plain);
        assert!(shown.contains("image.yaml:2:1") && shown.contains("programs"), "{shown}");
    }
}
