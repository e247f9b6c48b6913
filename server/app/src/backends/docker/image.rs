//! Which image a runtime runs from: its pin, or a tag; and which tags are worth a pull every time.

use crate::config::Docker as Settings;

/// Tags that name another image tomorrow.
const MOVING: [&str; 7] = ["latest", "staging", "main", "dev", "edge", "nightly", "rolling"];

/// The image of a runtime: the pinned digest where there is one, else what the operator's pattern says.
pub(super) fn select(settings: &Settings, runtime: &str, digest: Option<&str>) -> String {
    let image = settings.image.replace("{runtime}", runtime);
    match digest {
        Some(digest) => format!("{}@{digest}", split_tag(&image).0),
        None => image,
    }
}

/// Whether the reference may mean another image than the one that is here.
pub(super) fn is_moving(image: &str) -> bool {
    if image.contains('@') {
        return false;
    }
    split_tag(image).1.is_none_or(|tag| MOVING.contains(&tag))
}

/// Whether the reference names one image of its repository.
pub(super) fn has_tag_or_digest(image: &str) -> bool {
    image.contains('@') || split_tag(image).1.is_some()
}

/// Name and tag; a colon that a slash follows belongs to a registry's port.
fn split_tag(image: &str) -> (&str, Option<&str>) {
    let name = image.split('@').next().unwrap_or_default();
    match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (name, None),
    }
}

/// The runtime an image reference is for, as an error names it.
pub(super) fn runtime_of(image: &str) -> &str {
    let (name, tag) = split_tag(image);
    if let Some((_, runtime)) =
        name.rsplit_once("workspace-template-").filter(|(_, runtime)| !runtime.is_empty())
    {
        return runtime;
    }
    match tag {
        Some(tag) => tag,
        None => image,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const REPOSITORY: &str = "ghcr.io/molecule-ai/workspace-template-hermes";

    /// Ledger: PROV-65.
    #[test]
    fn a_tag_that_moves_is_told_from_one_that_stays() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let moving = [
            REPOSITORY.to_owned(),
            "workspace-template".into(),
            "localhost:5000/x".into(),
            "localhost:5000/x:latest".into(),
        ]
        .into_iter()
        .chain(MOVING.map(|tag| format!("{REPOSITORY}:{tag}")));
        let staying = ["0.8.2", "v1.2.3", "sha-abc1234", "2026-04-30", "build-12345"]
            .map(|tag| format!("{REPOSITORY}:{tag}"))
            .into_iter()
            .chain([
                "localhost:5000/x:0.8.2".into(),
                format!("{REPOSITORY}@{digest}"),
                format!("{REPOSITORY}:latest@{digest}"),
                format!("localhost:5000/x@{digest}"),
                "workspace-template:hermes".into(),
                "workspace-template:claude-code".into(),
            ]);
        for image in moving {
            assert!(is_moving(&image), "{image}");
        }
        for image in staying {
            assert!(!is_moving(&image), "{image}");
        }
    }

    /// Ledger: PROV-67.
    #[test]
    fn a_pin_replaces_the_tag_of_the_runtimes_image() {
        let mut settings = Config::default().docker;
        assert_eq!(select(&settings, "hermes", None), format!("{REPOSITORY}:latest"));
        assert_eq!(select(&settings, "hermes", Some("sha256:ab")), format!("{REPOSITORY}@sha256:ab"));
        settings.image = "localhost:5000/agents-{runtime}".into();
        assert_eq!(select(&settings, "codex", None), "localhost:5000/agents-codex");
        assert_eq!(select(&settings, "codex", Some("sha256:ab")), "localhost:5000/agents-codex@sha256:ab");
    }

    #[test]
    fn an_image_names_its_runtime() {
        for (image, runtime) in [
            ("ghcr.io/molecule-ai/workspace-template-hermes:latest", "hermes"),
            ("ghcr.io/molecule-ai/workspace-template-claude-code@sha256:ab", "claude-code"),
            ("workspace-template:codex", "codex"),
            ("localhost:5000/agents:mine", "mine"),
            ("localhost:5000/agents", "localhost:5000/agents"),
        ] {
            assert_eq!(runtime_of(image), runtime, "{image}");
        }
    }
}
