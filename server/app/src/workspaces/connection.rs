//! How an operator connects an agent of their own: endpoints, a token shown once, ready-made texts.
//!
//! Ids and addresses are filled in here; the token stays a placeholder that the reader pastes, so
//! that no text with a live credential is ever copied around. The texts are beside this file.

use secrecy::{ExposeSecret, SecretString};
use server_types::WorkspaceId;

/// What a snippet is for, and its text before substitution.
const SNIPPETS: [(&str, &str); 7] = [
    ("curl_register_template", include_str!("snippets/curl.txt")),
    ("python_snippet", include_str!("snippets/python.txt")),
    ("claude_code_channel_snippet", include_str!("snippets/claude_code_channel.txt")),
    ("universal_mcp_snippet", include_str!("snippets/universal_mcp.txt")),
    ("hermes_channel_snippet", include_str!("snippets/hermes.txt")),
    ("codex_snippet", include_str!("snippets/codex.txt")),
    ("openclaw_snippet", include_str!("snippets/openclaw.txt")),
];

/// Everything an operator needs, shown once.
#[derive(Debug)]
pub struct Connection {
    workspace_id: WorkspaceId,
    platform_url: String,
    auth_token: Option<SecretString>,
}

impl Connection {
    /// The connection of one workspace; `platform_url` loses its trailing slash.
    pub fn new(workspace_id: WorkspaceId, platform_url: &str, auth_token: Option<SecretString>) -> Self {
        Self { workspace_id, platform_url: platform_url.trim_end_matches('/').to_owned(), auth_token }
    }

    /// The object of the answer; the only place where the token is shown.
    pub fn reveal(&self) -> serde_json::Map<String, serde_json::Value> {
        let token =
            self.auth_token.as_ref().map(|token| token.expose_secret().to_owned()).unwrap_or_default();
        let fixed = [
            ("workspace_id", self.workspace_id.to_string()),
            ("platform_url", self.platform_url.clone()),
            ("auth_token", token),
            ("registry_endpoint", format!("{}/registry/register", self.platform_url)),
            ("heartbeat_endpoint", format!("{}/registry/heartbeat", self.platform_url)),
        ];
        let snippets = SNIPPETS.map(|(name, text)| (name, self.fill(text)));
        fixed.into_iter().chain(snippets).map(|(name, text)| (name.to_owned(), text.into())).collect()
    }

    fn fill(&self, text: &str) -> String {
        text.replace("{{PLATFORM_URL}}", &self.platform_url)
            .replace("{{WORKSPACE_ID}}", &self.workspace_id.to_string())
    }
}

#[cfg(test)]
mod tests;
