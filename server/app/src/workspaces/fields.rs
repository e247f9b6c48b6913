//! Rules of the fields a caller may set. Names and roles end up in generated YAML, so its special
//! characters are refused instead of escaped.

use std::path::{Component, Path};

/// Characters with a meaning in YAML.
const SPECIAL: &[char] = &['{', '}', '[', ']', '|', '>', '*', '&', '!'];
/// Folders of the host that no workspace may mount.
const SYSTEM_FOLDERS: [&str; 9] = ["/etc", "/var", "/proc", "/sys", "/dev", "/boot", "/sbin", "/bin", "/lib"];
const USER_LAND: &str = "/usr";

/// Which rule a field breaks; the text is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldRefused {
    /// A line break would end the YAML scalar.
    #[error("{0} must not contain newline characters")]
    Newline(&'static str),
    /// A character with a meaning in YAML, or one that no database holds.
    #[error("{0} contains invalid characters")]
    Characters(&'static str),
    /// Too long.
    #[error("{0} must be at most {1} characters")]
    TooLong(&'static str, usize),
}

/// The name of a workspace.
///
/// # Errors
/// The broken rule.
pub fn name(value: &str) -> Result<(), FieldRefused> {
    shown("name", value, 255)
}

/// The role of a workspace.
///
/// # Errors
/// The broken rule.
pub fn role(value: &str) -> Result<(), FieldRefused> {
    shown("role", value, 1000)
}

/// The model of a workspace.
///
/// # Errors
/// The broken rule.
pub fn model(value: &str) -> Result<(), FieldRefused> {
    plain("model", value, 100)
}

/// The runtime of a workspace.
///
/// # Errors
/// The broken rule.
pub fn runtime(value: &str) -> Result<(), FieldRefused> {
    plain("runtime", value, 100)
}

fn shown(field: &'static str, value: &str, bytes_max: usize) -> Result<(), FieldRefused> {
    plain(field, value, bytes_max)?;
    if value.contains(SPECIAL) { Err(FieldRefused::Characters(field)) } else { Ok(()) }
}

fn plain(field: &'static str, value: &str, bytes_max: usize) -> Result<(), FieldRefused> {
    if value.len() > bytes_max {
        Err(FieldRefused::TooLong(field, bytes_max))
    } else if value.contains(['\n', '\r']) {
        Err(FieldRefused::Newline(field))
    } else if value.contains('\0') {
        Err(FieldRefused::Characters(field))
    } else {
        Ok(())
    }
}

/// Whether a host directory may be mounted: absolute, without `..`, outside the system's folders.
pub fn is_mountable(dir: &str) -> bool {
    let path = Path::new(dir);
    let climbs = path.components().any(|part| part == Component::ParentDir);
    // `components` drops repeated slashes and dots, so a spelling cannot hide a system folder.
    let clean: std::path::PathBuf = path.components().collect();
    path.is_absolute()
        && !climbs
        && !dir.contains('\0')
        && !SYSTEM_FOLDERS.iter().chain([&USER_LAND]).any(|folder| clean.starts_with(folder))
}

/// How a workspace may use its mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkspaceAccess {
    /// No host directory.
    None,
    /// Mounted read-only.
    ReadOnly,
    /// Mounted read-write.
    ReadWrite,
}

impl WorkspaceAccess {
    /// Every access; equals the CHECK set of `workspaces.workspace_access`.
    pub const ALL: [Self; 3] = [Self::None, Self::ReadOnly, Self::ReadWrite];

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadOnly => "read_only",
            Self::ReadWrite => "read_write",
        }
    }

    /// Reads the word; empty is `none`.
    pub fn parse(word: &str) -> Option<Self> {
        if word.is_empty() {
            Some(Self::None)
        } else {
            Self::ALL.into_iter().find(|access| access.as_str() == word)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_roles_refuse_what_yaml_would_read() {
        assert_eq!(name("Über agent #1"), Ok(()));
        assert_eq!(name("a\nb"), Err(FieldRefused::Newline("name")));
        assert_eq!(role("a\rb").unwrap_err().to_string(), "role must not contain newline characters");
        for special in SPECIAL {
            assert_eq!(name(&format!("a{special}b")), Err(FieldRefused::Characters("name")));
            assert_eq!(model(&format!("a{special}b")), Ok(()));
        }
        assert_eq!(name(&"x".repeat(255)), Ok(()));
        assert_eq!(name(&"x".repeat(256)).unwrap_err().to_string(), "name must be at most 255 characters");
        assert_eq!(role(&"x".repeat(1001)).unwrap_err().to_string(), "role must be at most 1000 characters");
        assert_eq!(
            runtime(&"x".repeat(101)).unwrap_err().to_string(),
            "runtime must be at most 100 characters"
        );
        assert_eq!(name("a\0b"), Err(FieldRefused::Characters("name")));
    }

    #[test]
    fn only_absolute_directories_outside_the_system_are_mountable() {
        for good in ["/home/dev/project", "/srv", "/libx", "/usrlocal", "/opt//x/"] {
            assert!(is_mountable(good), "{good}");
        }
        for bad in [
            "",
            "relative",
            "./x",
            "/etc",
            "/etc/",
            "//etc",
            "/./etc/x",
            "/usr/share",
            "/home/../etc",
            "/lib",
            "/a\0",
        ] {
            assert!(!is_mountable(bad), "{bad}");
        }
    }
}
