//! Local starts only: a container without a `config.yaml` would crash for ever, so that one is found
//! first.

use server_types::WorkspaceId;

use super::prepare::Prepared;
use crate::{
    App,
    backends::docker::{Docker, ShortId},
    templates::CONFIG_FILE,
};

/// There is nothing to configure the agent with; `Display` is the public text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot start workspace {0}: no config.yaml source and config volume is empty — delete the workspace or \
     provide a template"
)]
pub(super) struct NoConfiguration(WorkspaceId);

/// Makes sure of a configuration: the job's own, the volume's, else the template of the runtime.
pub(super) async fn check(
    app: &App,
    docker: &Docker,
    mut prepared: Prepared,
) -> Result<Prepared, NoConfiguration> {
    let job = &mut prepared.job;
    if brings_one(job.template.as_deref(), job.files.get(CONFIG_FILE)) {
        return Ok(prepared);
    }
    match docker.volume_has_file(&ShortId::of(job.id), &job.runtime, CONFIG_FILE).await {
        Ok(true) => return Ok(prepared),
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(%error, workspace = %job.id, "config volume was not looked into, starting anyway");
            return Ok(prepared);
        }
    }
    let Some(template) = app.templates.recovery(&job.runtime) else { return Err(NoConfiguration(job.id)) };
    tracing::warn!(
        workspace = %job.id,
        template = %template.display(),
        "config volume is empty: starting from the template of the runtime"
    );
    job.template = Some(template);
    Ok(prepared)
}

fn brings_one(template: Option<&std::path::Path>, file: Option<&Vec<u8>>) -> bool {
    template.is_some_and(|folder| folder.join(CONFIG_FILE).is_file())
        || file.is_some_and(|content| !content.is_empty())
}
