//! What a container sees of the host: its volumes, and at most one directory of the operator's.

use super::{Docker, Start, names, tiers::Tier};

const CLAUDE_CODE: &str = "claude-code";
const ENGINE_SOCKET: &str = "/var/run/docker.sock:/var/run/docker.sock";

/// The mounts of one container.
pub(super) struct Mounts {
    /// Volumes that must exist before it is made; the engine would make them without labels.
    pub(super) volumes: Vec<String>,
    /// `source:target[:ro]`.
    pub(super) binds: Vec<String>,
}

/// Volumes and binds of a start.
pub(super) fn of(docker: &Docker, start: &Start) -> Mounts {
    let short = super::ShortId::of(start.id);
    let tier = Tier::of(start.tier);
    let mut volumes = vec![short.configs()];
    let mut binds = vec![format!("{}:/configs", short.configs())];
    if tier == Tier::Sealed {
        return Mounts { volumes, binds };
    }
    let dir = start.workspace_dir.as_deref().or(docker.config.docker.workspace_dir.as_deref());
    match host_directory(dir, &start.workspace_access) {
        Some(bind) => binds.push(bind),
        None => {
            let volume = names::workspace_volume(start.id);
            binds.push(format!("{volume}:/workspace"));
            volumes.push(volume);
        }
    }
    if start.runtime == CLAUDE_CODE {
        binds.push(format!("{}:/root/.claude/sessions", short.sessions()));
        volumes.push(short.sessions());
    }
    if tier == Tier::Host {
        binds.push(ENGINE_SOCKET.to_owned());
    }
    Mounts { volumes, binds }
}

/// The operator's directory on `/workspace`; `None` is the workspace's own volume.
fn host_directory(dir: Option<&str>, access: &str) -> Option<String> {
    let dir = dir.filter(|dir| !dir.is_empty())?;
    match access {
        "none" => None,
        "read_only" => Some(format!("{dir}:/workspace:ro")),
        _ => Some(format!("{dir}:/workspace")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_a_directory_only_with_one_and_access_to_it() {
        for (dir, access, bind) in [
            (None, "none", None),
            (None, "read_write", None),
            (Some(""), "read_only", None),
            (Some("/srv/a"), "none", None),
            (Some("/srv/a"), "read_only", Some("/srv/a:/workspace:ro")),
            (Some("/srv/a"), "read_write", Some("/srv/a:/workspace")),
            (Some("/srv/a"), "", Some("/srv/a:/workspace")),
        ] {
            assert_eq!(host_directory(dir, access).as_deref(), bind, "{dir:?} {access:?}");
        }
    }
}
