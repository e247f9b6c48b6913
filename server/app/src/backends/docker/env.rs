//! The environment of a container, in order: what names the workspace, what it needs to call back, then
//! the assembled environment, which wins on a duplicate name because it comes last.

use super::{Docker, Start};

/// `NAME=value` lines.
pub(super) fn of(docker: &Docker, start: &Start) -> Vec<String> {
    let platform = docker.config.platform_url.as_str();
    let line = |(name, value): (&str, &str)| format!("{name}={value}");
    let id = start.id.to_string();
    let tier = start.tier.to_string();
    let mut lines: Vec<String> = [
        ("WORKSPACE_ID", id.as_str()),
        ("WORKSPACE_CONFIG_PATH", "/configs"),
        ("PLATFORM_URL", platform),
        ("MOLECULE_URL", platform),
        ("TIER", &tier),
        ("PLUGINS_DIR", "/plugins"),
        ("PYTHONPATH", "/app"),
    ]
    .map(line)
    .into();
    let awareness = docker.config.docker.awareness_url.as_deref();
    if let Some(url) = awareness.filter(|_| !start.awareness_namespace.is_empty()) {
        let pair = [("AWARENESS_NAMESPACE", start.awareness_namespace.as_str()), ("AWARENESS_URL", url)];
        lines.extend(pair.map(line));
    }
    lines.extend(start.env.iter().map(|(name, value)| format!("{name}={value}")));
    lines
}
