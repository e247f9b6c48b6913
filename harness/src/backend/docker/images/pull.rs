//! Pulling a published image.
//!
//! A machine without a registry is normal: one short attempt, and what is missing is built here.

use std::time::Duration;

use bollard::Docker;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt as _;

use crate::world::Progress;

/// The longest silence of a registry, at first contact and between two pieces of news.
const SILENCE_MAX: Duration = Duration::from_secs(10);

/// Pulls; the error says in one line why it did not work.
pub(super) async fn run(docker: &Docker, reference: &str, progress: &Progress) -> Result<(), String> {
    let (image, tag) = reference.rsplit_once(':').unwrap_or((reference, "latest"));
    let options = CreateImageOptionsBuilder::new().from_image(image).tag(tag).build();
    let mut news = docker.create_image(Some(options), None, None);
    loop {
        match tokio::time::timeout(SILENCE_MAX, news.next()).await {
            Err(_) => return Err(format!("the registry was silent for {SILENCE_MAX:?}")),
            Ok(None) => return Ok(()),
            Ok(Some(Err(error))) => return Err(error.to_string()),
            Ok(Some(Ok(info))) => {
                if let Some(detail) = info.error_detail {
                    return Err(detail.message.unwrap_or_else(|| "no reason given".into()));
                }
                let layer = info.id.map(|id| format!(" {id}")).unwrap_or_default();
                progress.say(format!("pulling {reference}:{layer} {}", info.status.unwrap_or_default()));
            }
        }
    }
}
