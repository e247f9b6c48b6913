//! The part of a template's `config.yaml` that the server reads. The only YAML in the server.

use std::path::Path;

use serde::Deserialize;

/// What a template sets for a workspace that does not say otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateDefaults {
    /// Runtime of the template.
    pub runtime: Option<String>,
    /// Model of the template.
    pub model: Option<String>,
}

/// Why a template was not read; for logs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("config.yaml")]
    File(#[from] std::io::Error),
    #[error("config.yaml is not valid: {0}")]
    Yaml(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ConfigFile {
    runtime: Option<String>,
    model: Option<String>,
    runtime_config: Option<RuntimeConfig>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RuntimeConfig {
    model: Option<String>,
    provision_timeout_seconds: Option<i64>,
}

impl ConfigFile {
    pub(super) async fn read(path: &Path) -> Result<Self, Unreadable> {
        Self::parse(&tokio::fs::read_to_string(path).await?)
    }

    pub(super) fn read_blocking(path: &Path) -> Result<Self, Unreadable> {
        Self::parse(&std::fs::read_to_string(path)?)
    }

    fn parse(text: &str) -> Result<Self, Unreadable> {
        serde_saphyr::from_str(text).map_err(|error| Unreadable::Yaml(error.to_string()))
    }

    /// The legacy top-level `model` wins over `runtime_config.model`.
    pub(super) fn defaults(self) -> TemplateDefaults {
        let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let nested = self.runtime_config.and_then(|config| config.model);
        TemplateDefaults { runtime: filled(self.runtime), model: filled(self.model).or(filled(nested)) }
    }

    /// Runtime and positive seconds, when both are declared.
    pub(super) fn provision_timeout(self) -> Option<(String, u32)> {
        let seconds = self.runtime_config?.provision_timeout_seconds?;
        let seconds = u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)?;
        Some((self.runtime.filter(|runtime| !runtime.is_empty())?, seconds))
    }
}

/// Environment variables that an agent with this `config.yaml` cannot do without.
///
/// Read apart from the rest: a list of another shape must not cost a template its defaults.
///
/// # Errors
/// The text is no YAML, or the list is none of names.
pub(crate) fn required_env(content: &[u8]) -> Result<Vec<String>, Unreadable> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct File {
        runtime_config: Option<Required>,
    }
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Required {
        required_env: Option<Vec<String>>,
    }
    let text = std::str::from_utf8(content).map_err(|error| Unreadable::Yaml(error.to_string()))?;
    let file: File = serde_saphyr::from_str(text).map_err(|error| Unreadable::Yaml(error.to_string()))?;
    Ok(file.runtime_config.and_then(|config| config.required_env).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defaults(text: &str) -> (Option<String>, Option<String>) {
        let found = ConfigFile::parse(text).expect("valid").defaults();
        (found.runtime, found.model)
    }

    #[test]
    fn both_places_of_the_model_are_read() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(defaults("runtime: hermes\nmodel: \"a/b\"\n"), (some("hermes"), some("a/b")));
        assert_eq!(
            defaults("runtime: hermes\nruntime_config:\n  model: 'c/d'\n  timeout: 0\n"),
            (some("hermes"), some("c/d"))
        );
        assert_eq!(defaults("model: top\nruntime_config: {model: nested}\n"), (None, some("top")));
        assert_eq!(defaults("name: x\n"), (None, None));
    }

    #[test]
    fn required_names_are_read_and_other_shapes_are_an_error() {
        let read = |text: &str| required_env(text.as_bytes()).ok();
        let names = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(read("runtime_config: {required_env: [A, B]}"), names(&["A", "B"]));
        assert_eq!(read("runtime_config: {timeout: 0}"), names(&[]));
        assert_eq!(read("name: x"), names(&[]));
        assert_eq!(read("runtime_config: {required_env: {any_of: [A]}}"), None);
        assert_eq!(read("runtime_config: ["), None);
    }

    #[test]
    fn broken_yaml_is_an_error_and_never_a_panic() {
        for text in ["runtime: [", "- a\n- b", "runtime: {a: b}", "\t"] {
            let _ = ConfigFile::parse(text);
        }
        assert!(ConfigFile::parse("runtime: [").is_err());
    }
}
