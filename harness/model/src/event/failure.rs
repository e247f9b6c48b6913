//! Why a step is not green, with all a reader needs to act: a failure explains itself without a rerun.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::exchange::{HttpRequest, HttpResponse};

/// Everything known about a step that failed or broke.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// One sentence. An xfail entry's `expected_text` is looked up in [`Failure::signature`].
    pub message: String,
    /// Where the step is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<SourceAt>,
    /// Every check that did not hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mismatches: Vec<Mismatch>,
    /// How long the step waited for the condition, when it waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<Waited>,
    /// The last request of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<HttpRequest>,
    /// That request as a command for a shell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curl: Option<String>,
    /// Its response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<HttpResponse>,
    /// What the stub and the agents saw since the step began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// Log lines of each service since the step began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<LogExcerpt>,
    /// What the reader can do about it, when the harness knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Failure {
    /// A failure of which only a sentence is known.
    pub fn new(message: impl Into<String>) -> Self {
        Failure { message: message.into(), ..Failure::default() }
    }

    /// The text in which an expected failure is recognised: the message and every mismatch.
    #[must_use]
    pub fn signature(&self) -> String {
        let mismatches = self.mismatches.iter().map(Mismatch::to_string);
        std::iter::once(self.message.clone()).chain(mismatches).collect::<Vec<_>>().join("\n")
    }
}

/// A place in a YAML file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceAt {
    /// File, relative to the project.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The source line.
    pub text: String,
    /// Characters to underline, from `column`.
    pub width: u32,
}

/// One check that did not hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Mismatch {
    /// What was looked at: `status`, `headers.content-type`, `json $.result.parts[0].text`.
    pub path: String,
    /// What was demanded, matcher first: `equals 404`, `contains "PONG"`.
    pub expected: String,
    /// What was there.
    pub actual: String,
    /// Line diff of the two, when both are trees or long texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// Where this very expectation is written, when it is not the line of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<SourceAt>,
}

impl std::fmt::Display for Mismatch {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}: expected {}, got {}", self.path, self.expected, self.actual)
    }
}

/// A wait that did not end as demanded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waited {
    /// `eventually`, `never` or `stays`.
    pub mode: String,
    /// The limit.
    pub limit_ms: u64,
    /// How often the condition was looked at.
    pub attempts: u32,
    /// Why it ended early, when it did: the `abort_on` that matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<String>,
}

/// What a stand-in saw since the step began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// `cp-stub`, or `agent` and its workspace.
    pub who: String,
    /// One line per request: method, path, status, fault.
    pub lines: Vec<String>,
}

/// Log lines of one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogExcerpt {
    /// Name of the service.
    pub service: String,
    /// Lines since the step began, oldest first.
    pub lines: Vec<String>,
    /// Lines left out before the first of `lines`.
    #[serde(default)]
    pub left_out: u32,
}
