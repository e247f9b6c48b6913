//! One question to the platform, and why there was no usable answer.

use serde_json::Value;

use crate::agent::platform::{Caller, describe};

/// Longest platform text that is quoted.
const QUOTED_CHARS_MAX: usize = 300;

/// A guard in front of the platform turns strangers away without a word.
const NOT_ACCEPTED: &str = "HTTP 404 with an empty answer: the tenant did not accept the request. Check the \
                            platform address, the Origin and the organisation the request names.";

/// An answer: its status, its bytes as text, and as JSON where they are JSON.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) json: Option<Value>,
}

/// Sends a call.
///
/// # Errors
/// The class of the failure and the address, when there is no answer at all.
pub(super) async fn ask(
    caller: &Caller,
    path: &str,
    call: reqwest::RequestBuilder,
) -> Result<Answered, String> {
    let unreachable = |error: reqwest::Error| {
        format!("Could not reach the platform at {}: {}", caller.url(path), describe(&error))
    };
    let reply = call.send().await.map_err(unreachable)?;
    let status = reply.status().as_u16();
    let text = reply.text().await.map_err(unreachable)?;
    Ok(Answered { status, json: serde_json::from_str(&text).ok(), text })
}

impl Answered {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// What the platform itself said about its refusal: a text, a page, or nothing.
    pub(super) fn said(&self) -> Said<'_> {
        let error = self.json.as_ref().and_then(|json| json.get("error")).and_then(Value::as_str);
        match error.filter(|error| !error.is_empty()) {
            Some(error) => Said::Error(
                error.char_indices().nth(QUOTED_CHARS_MAX).map_or(error, |(end, _)| &error[..end]),
            ),
            None if self.text.is_empty() => Said::Nothing,
            None => Said::Page(self.text.len()),
        }
    }

    /// Why the call failed, in words that name the cause. `subject` is the workspace it was about.
    pub(super) fn failure(&self, subject: &str) -> String {
        let status = self.status;
        let said = match self.said() {
            Said::Error(error) => format!(" ({error})"),
            Said::Nothing => String::new(),
            Said::Page(bytes) => format!(" (a page of {bytes} bytes instead of an error text)"),
        };
        match status {
            401 | 403 => format!(
                "HTTP {status}: authentication failed{said}. Check the workspace token: refresh it from its \
                 file, or register again to obtain a new one."
            ),
            404 if matches!(self.said(), Said::Nothing) => NOT_ACCEPTED.to_owned(),
            404 => format!(
                "HTTP 404{said}: workspace {subject} is not registered with the platform. Re-register it."
            ),
            410 => format!(
                "HTTP 410{said}: workspace {subject} was removed. It must be regenerated and re-onboarded."
            ),
            500..=599 => format!("HTTP {status}: the platform failed{said}. Retry in a moment."),
            _ => format!("HTTP {status}{said}."),
        }
    }
}

/// What a refusal carries.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    Error(&'a str),
    Nothing,
    Page(usize),
}
