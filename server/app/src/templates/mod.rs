//! Workspace templates: folders with a `config.yaml` that give a workspace its defaults.

mod config_file;
mod deadlines;
mod generated;

use std::path::{Component, Path, PathBuf};

use config_file::ConfigFile;
pub use config_file::TemplateDefaults;
pub(crate) use config_file::required_env;
use deadlines::Declared;
pub use generated::default_config;

/// The file that makes a folder a template and a volume a configured one.
pub const CONFIG_FILE: &str = "config.yaml";

/// The folder of templates, and what was learned from it once.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    root: Option<PathBuf>,
    declared: Declared,
}

/// The name would leave the folder of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid template")]
pub struct InvalidTemplate;

/// A template name that stays inside the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateName(String);

impl TemplateName {
    /// Checks the name; an empty one counts as not given.
    ///
    /// # Errors
    /// [`InvalidTemplate`] for absolute names and for names that climb out.
    pub fn parse(name: &str) -> Result<Option<Self>, InvalidTemplate> {
        if name.is_empty() {
            return Ok(None);
        }
        let stays =
            Path::new(name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if stays && !name.contains(['\0', '\\']) {
            Ok(Some(Self(name.to_owned())))
        } else {
            Err(InvalidTemplate)
        }
    }

    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Templates {
    /// Templates under `configured`, else under a `workspace-configs-templates` folder nearby.
    pub fn discover(configured: Option<&str>) -> Self {
        Self { root: configured.map(PathBuf::from).or_else(nearby), declared: Declared::default() }
    }

    /// What the template's `config.yaml` sets; empty when it cannot be read, which is logged.
    pub async fn defaults(&self, name: &TemplateName) -> TemplateDefaults {
        let Some(root) = &self.root else {
            tracing::warn!(template = name.as_str(), "no templates folder: template defaults skipped");
            return TemplateDefaults::default();
        };
        match ConfigFile::read(&root.join(name.as_str()).join(CONFIG_FILE)).await {
            Ok(file) => file.defaults(),
            Err(error) => {
                tracing::warn!(%error, template = name.as_str(), "template is unreadable: its defaults are skipped");
                TemplateDefaults::default()
            }
        }
    }

    /// The folder a new workspace starts from: the named one, else the default of its runtime.
    pub fn folder(&self, name: Option<&TemplateName>, runtime: &str) -> Option<PathBuf> {
        let named = name.and_then(|name| self.existing(name.as_str()));
        named.or_else(|| self.existing(&format!("{runtime}-default")))
    }

    /// The folder that a workspace whose configuration was lost starts from.
    pub fn recovery(&self, runtime: &str) -> Option<PathBuf> {
        self.existing(&format!("{runtime}-default")).or_else(|| self.existing(runtime))
    }

    fn existing(&self, name: &str) -> Option<PathBuf> {
        Some(self.root.as_ref()?.join(name)).filter(|folder| folder.is_dir())
    }

    /// Seconds a runtime's templates declare for provisioning: one accessor for canvas and sweep.
    pub fn declared_provision_timeout_secs(&self, runtime: &str) -> Option<u32> {
        self.declared.of(self.root.as_deref(), runtime)
    }
}

/// The folder, in the working directory or at most two levels up; it must hold a template.
fn nearby() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors().take(3).map(|up| up.join("workspace-configs-templates")).find(|folder| {
        std::fs::read_dir(folder)
            .is_ok_and(|entries| entries.flatten().any(|entry| entry.path().join(CONFIG_FILE).is_file()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_name_stays_inside_its_folder() {
        for good in ["hermes", "my template", "team/hermes", "./hermes"] {
            assert_eq!(TemplateName::parse(good).map(|name| name.map(|n| n.0)), Ok(Some(good.to_owned())));
        }
        assert_eq!(TemplateName::parse(""), Ok(None));
        for bad in ["/etc", "..", "../x", "a/../../x", "a/..", "a\\..\\b", "a\0b"] {
            assert_eq!(TemplateName::parse(bad), Err(InvalidTemplate), "{bad:?}");
        }
    }
}
