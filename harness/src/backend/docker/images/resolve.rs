//! The order in which an image is looked for: here with the right digest, published, built here.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use bollard::Docker;
use bollard::errors::Error;
use harness_model::image::Image;
use harness_model::topology::{Program, Topology};
use indexmap::IndexMap;
use tokio::sync::Mutex;

use super::context::Context;
use super::rootfs::Rootfs;
use super::{Definitions, ImageError, build, digest, held, pull, tag};
use crate::backend::process::{lock, places, programs};
use crate::world::{Options, WorldError};

/// An image that is ready to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// What to run: a tag.
    pub reference: String,
    /// Digest of what it was built from; of a published image, its id.
    pub digest: String,
    /// Size on disk, in bytes.
    pub size_bytes: i64,
    /// Where it came from.
    pub origin: Origin,
    /// The programs of ours inside and the digest that each reports when it runs.
    pub programs: BTreeMap<String, String>,
}

/// Where an image came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The engine had it.
    Present,
    /// A registry had it.
    Pulled,
    /// It was built just now.
    Built,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Present => "present",
            Self::Pulled => "pulled",
            Self::Built => "built",
        })
    }
}

/// The images that worlds of one topology run.
pub struct Images {
    docker: Docker,
    definitions: Definitions,
    options: Options,
    programs: IndexMap<String, Program>,
    /// Why no registry answered: it is not asked again, and the news is told once.
    no_registry: OnceLock<String>,
    resolved: Mutex<HashMap<String, Resolved>>,
}

/// An image as the working tree and the machine would build it now.
struct Wanted {
    image: Image,
    machine: Rootfs,
    digest: String,
}

impl Images {
    /// Those of a project, with the programs that a topology describes.
    #[must_use]
    pub fn new(docker: Docker, options: &Options, topology: &Topology) -> Self {
        Self {
            docker,
            definitions: Definitions::of(&options.root),
            options: options.clone(),
            programs: topology.programs.clone(),
            no_registry: OnceLock::new(),
            resolved: Mutex::default(),
        }
    }

    /// Makes sure that the image is there and was built from what the working tree holds now.
    ///
    /// # Errors
    /// When a file or a package is missing, a build fails, or the image is stale and building is forbidden.
    pub async fn resolve(&self, name: &str) -> Result<Resolved, ImageError> {
        let mut known = self.resolved.lock().await;
        if let Some(resolved) = known.get(name) {
            return Ok(resolved.clone());
        }
        let resolved = self.find(name).await?;
        known.insert(name.to_owned(), resolved.clone());
        Ok(resolved)
    }

    /// The digest that an image built now would have. Builds nothing.
    ///
    /// # Errors
    /// When a file or a package is missing.
    pub fn digest(&self, name: &str) -> Result<String, ImageError> {
        Ok(self.wanted(self.definitions.read(name)?)?.digest)
    }

    /// Why nothing was pulled, if a registry was asked and did not answer.
    #[must_use]
    pub fn no_registry(&self) -> Option<&str> {
        self.no_registry.get().map(String::as_str)
    }

    /// What the images of this project are labelled with.
    #[must_use]
    pub fn project(&self) -> String {
        places::project(&self.options.root)
    }

    async fn find(&self, name: &str) -> Result<Resolved, ImageError> {
        let image = self.definitions.read(name)?;
        let official = image.official.clone();
        let wanted = self.wanted(image);
        let rebuild = self.options.rebuild && !self.options.no_build;
        if let Ok(wanted) = &wanted
            && !rebuild
            && let Some(found) = self.present(name, &wanted.digest).await?
        {
            return Ok(found);
        }
        if let Some(reference) = official
            && let Some(found) = self.published(&reference).await?
        {
            return Ok(found);
        }
        let wanted = wanted?;
        if self.options.no_build {
            return Err(self.refused(name, wanted.digest).await?);
        }
        self.build(name, wanted, rebuild).await
    }

    /// The image that the engine has under the digest's tag, if its label says the same.
    async fn present(&self, name: &str, digest: &str) -> Result<Option<Resolved>, ImageError> {
        let reference = tag(name, digest);
        let Some(found) = self.inspect(&reference).await? else { return Ok(None) };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let same = labels.get(super::DIGEST_LABEL).is_some_and(|built_from| built_from == digest);
        Ok(same.then(|| Resolved {
            reference,
            digest: digest.to_owned(),
            size_bytes: found.size.unwrap_or_default(),
            origin: Origin::Present,
            programs: labels
                .iter()
                .filter_map(|(label, digest)| {
                    Some((label.strip_prefix(super::PROGRAM_LABELS)?.to_owned(), digest.clone()))
                })
                .collect(),
        }))
    }

    /// The published image, pulled when it is not here yet.
    async fn published(&self, reference: &str) -> Result<Option<Resolved>, ImageError> {
        let resolved = |found: bollard::models::ImageInspect, origin| Resolved {
            reference: reference.to_owned(),
            digest: found.id.unwrap_or_default().trim_start_matches("sha256:").to_owned(),
            size_bytes: found.size.unwrap_or_default(),
            origin,
            programs: BTreeMap::new(),
        };
        if let Some(found) = self.inspect(reference).await? {
            return Ok(Some(resolved(found, Origin::Present)));
        }
        if self.options.no_build || self.no_registry.get().is_some() {
            return Ok(None);
        }
        match pull::run(&self.docker, reference, &self.options.progress).await {
            Ok(()) => Ok(self.inspect(reference).await?.map(|found| resolved(found, Origin::Pulled))),
            Err(reason) => {
                self.options.progress.say(format!("no registry answers: {reason}"));
                let _ = self.no_registry.set(reason);
                Ok(None)
            }
        }
    }

    async fn build(&self, name: &str, wanted: Wanted, rebuild: bool) -> Result<Resolved, ImageError> {
        let folder = &self.options.cache;
        fs::create_dir_all(folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
        // Processes that want the same image build it once.
        let _lock = lock::exclusive(&folder.join("images.lock")).await?;
        if !rebuild && let Some(found) = self.present(name, &wanted.digest).await? {
            return Ok(found);
        }
        let built = self.programs_of(&wanted.image)?;
        let built = programs::make(&self.options, built, programs::Flavour::Plain).await?;
        let shed = tempfile::tempdir().map_err(WorldError::io("make a temporary folder"))?;
        let sources = built.iter().map(|(name, program)| (name.clone(), program.digest.clone())).collect();
        let files = built
            .into_iter()
            .map(|(name, program)| (name.clone(), stripped(&program.path, shed.path(), &name)))
            .collect();
        let mut rootfs = wanted.machine;
        rootfs.add_programs(&files)?;
        let context = Context::pack(&self.definitions.folder(name), &rootfs)?;
        let reference = tag(name, &wanted.digest);
        let megabytes = context.tar.len() >> 20;
        self.options.progress.say(format!("building {reference} from {megabytes} MB of files"));
        let project = self.project();
        let order = build::Order {
            name,
            tag: &reference,
            digest: &wanted.digest,
            project: &project,
            programs: &sources,
        };
        build::run(&self.docker, &order, context, &self.options.progress).await?;
        let built = self.present(name, &wanted.digest).await?;
        let built = built.ok_or_else(|| ImageError::Build {
            image: name.to_owned(),
            message: format!("the engine built {reference} and does not have it"),
        })?;
        Ok(Resolved { origin: Origin::Built, ..built })
    }

    /// Why an image cannot be used where nothing may be built.
    async fn refused(&self, name: &str, tree: String) -> Result<ImageError, ImageError> {
        let held = held::list(&self.docker).await?;
        let image = name.to_owned();
        Ok(match held.iter().rfind(|held| held.name == name) {
            Some(held) => ImageError::Stale { image, found: held.digest.clone(), tree },
            None => ImageError::Absent { image },
        })
    }

    fn wanted(&self, image: Image) -> Result<Wanted, ImageError> {
        let machine = Rootfs::of_machine(&image)?;
        let mut sources = BTreeMap::new();
        for (name, program) in self.programs_of(&image)? {
            let digest = programs::identity(&self.options, &program)?;
            sources.insert(name, digest);
        }
        let digest = digest::of(&self.definitions.folder(&image.image), &sources, &machine)?;
        Ok(Wanted { image, machine, digest })
    }

    fn programs_of(&self, image: &Image) -> Result<Vec<(String, Program)>, ImageError> {
        let find = |name: &String| {
            let program = self.programs.get(name).cloned();
            let unknown = || ImageError::UnknownProgram { image: image.image.clone(), program: name.clone() };
            Ok((name.clone(), program.ok_or_else(unknown)?))
        };
        image.binaries.iter().map(find).collect()
    }

    async fn inspect(&self, reference: &str) -> Result<Option<bollard::models::ImageInspect>, ImageError> {
        match self.docker.inspect_image(reference).await {
            Ok(found) => Ok(Some(found)),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl fmt::Debug for Images {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Images")
    }
}

/// The program without its debug information, which is half of it; as it is where there is no `strip`.
fn stripped(program: &Path, folder: &Path, name: &str) -> PathBuf {
    let to = folder.join(name);
    let done = std::process::Command::new("strip").arg("-o").arg(&to).arg(program).output();
    if done.is_ok_and(|done| done.status.success()) { to } else { program.to_owned() }
}

/// Whether a container engine answers on this machine.
///
/// # Errors
/// When none does, with the reason.
pub async fn engine() -> Result<Docker, WorldError> {
    let answers = async {
        let docker = Docker::connect_with_defaults()?;
        docker.ping().await?;
        Ok::<_, Error>(docker)
    };
    answers.await.map_err(|error| WorldError::Prerequisite {
        what: format!("no container engine answers: {error}"),
        fix: "start Docker, or set DOCKER_HOST to where it listens".into(),
    })
}
