//! Building an image with the engine.

use std::collections::{BTreeMap, HashMap};

use bollard::errors::Error;
use bollard::{Docker, body_full, query_parameters::BuildImageOptionsBuilder};
use futures_util::TryStreamExt as _;

use super::context::Context;
use super::{DIGEST_LABEL, ImageError, NAME_LABEL, PROGRAM_LABELS, PROJECT_LABEL};
use crate::world::Progress;

/// What is built.
pub(super) struct Order<'a> {
    pub(super) name: &'a str,
    pub(super) tag: &'a str,
    pub(super) digest: &'a str,
    pub(super) project: &'a str,
    /// The programs of ours inside, name to source digest.
    pub(super) programs: &'a BTreeMap<String, String>,
}

/// Builds an image; every line the engine prints goes to `progress`.
pub(super) async fn run(
    docker: &Docker,
    order: &Order<'_>,
    context: Context,
    progress: &Progress,
) -> Result<(), ImageError> {
    let ours = [(DIGEST_LABEL, order.digest), (NAME_LABEL, order.name), (PROJECT_LABEL, order.project)];
    let mut labels: HashMap<String, &str> = ours.map(|(name, value)| (name.to_owned(), value)).into();
    for (name, digest) in order.programs {
        labels.insert(format!("{PROGRAM_LABELS}{name}"), digest);
    }
    let options = BuildImageOptionsBuilder::new()
        .dockerfile("Dockerfile")
        .t(order.tag)
        .rm(true)
        .forcerm(true)
        .labels(&labels)
        .build();
    let mut lines = Box::pin(docker.build_image(options, None, Some(body_full(context.tar.into()))));
    let mut last = String::new();
    loop {
        let line = match lines.try_next().await {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(()),
            // The engine tells it as one of its lines, the client as an error of its own.
            Err(Error::DockerStreamError { error }) => {
                let message = format!("{last}\n{error}").trim().to_owned();
                return Err(ImageError::Build { image: order.name.into(), message });
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(text) = line.stream.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            progress.say(format!("building {}: {text}", order.tag));
            text.clone_into(&mut last);
        }
    }
}
