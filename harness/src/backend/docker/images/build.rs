//! Building an image with the engine, only when its content changed.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use bollard::{Docker, body_full, query_parameters::BuildImageOptionsBuilder};
use futures_util::TryStreamExt as _;
use harness_model::{
    image::Image,
    yaml::{Source, Style},
};

use super::{ImageError, context::Context, rootfs::Rootfs};

/// The label that carries the digest of an image's build context.
pub const DIGEST_LABEL: &str = "harness.digest";

/// An image that is ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The reference to run.
    pub tag: String,
    /// Digest of the context it was built from.
    pub digest: String,
    /// Size on disk, in bytes.
    pub size_bytes: i64,
    /// False when the engine had it already.
    pub fresh: bool,
}

/// Where image definitions and the project's programs are.
#[derive(Clone, Debug)]
pub struct Sources {
    /// `fixtures/images/`.
    pub images: PathBuf,
    /// The folder with the built programs.
    pub binaries: PathBuf,
}

impl Sources {
    /// Reads an image's definition.
    ///
    /// # Errors
    /// When there is none, or it has mistakes.
    pub fn definition(&self, name: &str) -> Result<Image, ImageError> {
        let folder = self.images.join(name);
        let path = folder.join("image.yaml");
        let text = fs::read_to_string(&path)
            .map_err(|_| ImageError::Unknown { name: name.into(), folder: folder.clone() })?;
        let (image, diagnostics) = Image::read(Source::new(path.to_string_lossy().into_owned(), text));
        image.ok_or_else(|| ImageError::Definition(diagnostics.render(Style::Plain)))
    }

    /// The image's context as the working tree and the machine's packages have it now.
    ///
    /// # Errors
    /// When something it names is missing.
    pub fn context(&self, image: &Image) -> Result<Context, ImageError> {
        Context::pack(&self.images.join(&image.image), &Rootfs::assemble(image, &self.binaries)?)
    }

    /// Builds the image unless the engine holds one of the same digest; `rebuild` builds it anyway.
    /// Every line the engine prints goes to `progress`.
    ///
    /// # Errors
    /// When a file is missing or the engine fails.
    pub async fn build(
        &self,
        docker: &Docker,
        name: &str,
        rebuild: bool,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<Built, ImageError> {
        let image = self.definition(name)?;
        let context = self.context(&image)?;
        let tag = format!("harness/{name}:{}", &context.digest[..12]);
        let present = docker.inspect_image(&tag).await.ok();
        let fresh = rebuild || present.is_none();
        if fresh {
            progress(&format!("building {tag} ({} MB of context)", context.tar.len() >> 20));
            run(docker, name, &tag, &context, progress).await?;
        }
        let size_bytes = docker.inspect_image(&tag).await?.size.unwrap_or_default();
        Ok(Built { tag, digest: context.digest, size_bytes, fresh })
    }
}

async fn run(
    docker: &Docker,
    name: &str,
    tag: &str,
    context: &Context,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<(), ImageError> {
    let labels = HashMap::from([(DIGEST_LABEL, context.digest.as_str()), ("harness.image", name)]);
    let options = BuildImageOptionsBuilder::new()
        .dockerfile("Dockerfile")
        .t(tag)
        .rm(true)
        .forcerm(true)
        .labels(&labels)
        .build();
    let body = body_full(context.tar.clone().into());
    let mut lines = Box::pin(docker.build_image(options, None, Some(body)));
    while let Some(line) = lines.try_next().await? {
        if let Some(error) = line.error_detail {
            let message = error.message.unwrap_or_default();
            return Err(ImageError::Build { image: name.into(), message });
        }
        if let Some(text) = line.stream.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            progress(text);
        }
    }
    Ok(())
}

/// Whether a container engine answers on this machine.
pub async fn engine() -> Option<Docker> {
    let docker = Docker::connect_with_local_defaults().ok()?;
    docker.ping().await.ok().map(|_| docker)
}

/// The names of all image definitions, sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn names(images: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(images)? {
        let entry = entry?;
        if entry.path().join("image.yaml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
