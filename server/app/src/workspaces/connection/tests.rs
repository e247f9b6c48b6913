//! The texts are contract: operators paste them.

use serde_json::Value;

use super::*;

fn shown() -> serde_json::Map<String, Value> {
    let id = WorkspaceId(uuid::Uuid::from_u128(0xabc));
    Connection::new(id, "https://tenant.example/", Some("the-token".into())).reveal()
}

fn snippet(name: &str) -> String {
    shown()[name].as_str().expect("text").to_owned()
}

/// Each text contains the parts, in this order.
fn in_order(text: &str, parts: &[&str]) {
    let mut rest = text;
    for part in parts {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part:?} is missing, or too early, in:\n{text}"));
        rest = &rest[at + part.len()..];
    }
}

/// Ledger: PROV-88.
#[test]
fn the_block_has_all_fields_and_the_token_once() {
    let shown = shown();
    let mut keys: Vec<_> = shown.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [
            "auth_token",
            "claude_code_channel_snippet",
            "codex_snippet",
            "curl_register_template",
            "heartbeat_endpoint",
            "hermes_channel_snippet",
            "openclaw_snippet",
            "platform_url",
            "python_snippet",
            "registry_endpoint",
            "universal_mcp_snippet",
            "workspace_id",
        ]
    );
    assert_eq!(shown["platform_url"], "https://tenant.example");
    assert_eq!(shown["registry_endpoint"], "https://tenant.example/registry/register");
    assert_eq!(shown["heartbeat_endpoint"], "https://tenant.example/registry/heartbeat");
    let with_token: Vec<_> =
        shown.iter().filter(|(_, text)| text.to_string().contains("the-token")).collect();
    assert_eq!(with_token.len(), 1);
    assert_eq!(with_token[0].0, "auth_token");
}

/// Ledger: PROV-87, REG-69, EDGE-35.
#[test]
fn no_text_names_the_org_and_no_placeholder_brace_remains() {
    for (name, text) in shown() {
        let text = text.to_string();
        assert!(
            !text.contains("MOLECULE_ORG_ID") && !text.contains("{{") && !text.contains("}}"),
            "{name}: {text}"
        );
    }
    for (name, _) in SNIPPETS {
        assert!(snippet(name).contains("https://tenant.example"), "{name}");
        assert!(snippet(name).contains("00000000-0000-0000-0000-000000000abc"), "{name}");
    }
}

/// Ledger: PROV-89, REG-70.
#[test]
fn the_channel_text_installs_before_it_launches_and_names_the_errors() {
    in_order(
        &snippet("claude_code_channel_snippet"),
        &[
            "Bun",
            "/plugin marketplace add Molecule-AI/molecule-mcp-claude-channel",
            "/plugin install molecule@molecule-mcp-claude-channel",
            "MOLECULE_PLATFORM_URL",
            "MOLECULE_WORKSPACE_IDS",
            "MOLECULE_WORKSPACE_TOKENS",
            "chmod 600",
            "--dangerously-load-development-channels",
            "--channels plugin:molecule@molecule-mcp-claude-channel",
            "plugin not installed",
            "not on the approved channels allowlist",
            "channelsEnabled",
            "allowedChannelPlugins",
        ],
    );
}

/// Ledger: PROV-90, REG-70.
#[test]
fn no_text_appends_to_a_configuration_file() {
    for (name, _) in SNIPPETS {
        assert!(!snippet(name).contains(">>"), "{name}");
    }
}

/// Ledger: PROV-91.
#[test]
fn the_codex_bridge_comes_from_git_and_keeps_running() {
    let text = snippet("codex_snippet");
    in_order(&text, &["[mcp_servers.molecule]", "git+https://", "codex-channel-molecule", "nohup"]);
    for name in ["MOLECULE_WORKSPACE_ID", "MOLECULE_PLATFORM_URL", "MOLECULE_WORKSPACE_TOKEN"] {
        assert!(text.contains(name), "{name}");
    }
    assert!(!text.contains("pip install codex-channel-molecule"));
}

/// Ledger: PROV-92, REG-70.
#[test]
fn curl_sends_the_origin_and_the_mcp_text_needs_no_registration() {
    let curl = snippet("curl_register_template");
    assert!(curl.contains("-H \"Origin: https://tenant.example\"") && curl.contains("empty 404"), "{curl}");
    in_order(&curl, &["/registry/register", "Authorization: Bearer", "\"id\"", "\"url\"", "\"agent_card\""]);
    let mcp = snippet("universal_mcp_snippet");
    assert!(!mcp.contains("/registry/register") && !mcp.contains("curl"), "{mcp}");
    in_order(
        &mcp,
        &[
            "pip install molecule-ai-workspace-runtime",
            "molecule-mcp",
            "WORKSPACE_ID",
            "PLATFORM_URL",
            "MOLECULE_WORKSPACE_TOKEN",
            "inbound",
        ],
    );
}

/// Ledger: PROV-126.
#[test]
fn the_openclaw_text_asks_for_provider_and_model_and_keeps_its_gateway() {
    let text = snippet("openclaw_snippet");
    in_order(
        &text,
        &["--provider <", "--model <", "openclaw mcp set molecule", "nohup", "18789", ".log", "disown"],
    );
    assert!(!text.lines().any(|line| line.trim_end().ends_with('&')));
}

#[test]
fn the_hermes_text_tells_to_edit_the_existing_key() {
    let text = snippet("hermes_channel_snippet");
    in_order(
        &text,
        &[
            "git+https://",
            "MOLECULE_WORKSPACE_ID",
            "gateway:",
            "plugin_platforms:",
            "molecule:",
            "enabled: true",
        ],
    );
}
