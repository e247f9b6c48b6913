//! Pairs of the control plane: one request, and the answer to it byte for byte.
//!
//! Places that differ from run to run are listed as `volatile` (JSON pointers): there the kind of
//! value must agree, not the value. Credentials stand as words in braces and are filled in, so that
//! the same files fit any control plane.

use reqwest::Method;
use serde_json::{Value, json};

/// A control plane to check, and the credentials it knows.
#[derive(Clone, Debug)]
pub struct ControlPlane {
    /// Its address, without a trailing slash.
    pub url: String,
    /// Bearer of workspace calls.
    pub shared_secret: String,
    /// Bearer of operator calls.
    pub admin_api_token: String,
    /// Admin token of `harness-org-alpha`.
    pub alpha_admin_token: String,
    /// Admin token of `harness-org-beta`.
    pub beta_admin_token: String,
    /// Cookie of a member of `harness-tenant-alpha`, as `name=value`.
    pub session_cookie: String,
}

/// One place where an answer is not as agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `status`, `header <name>` or `body`.
    pub at: String,
    /// What was agreed.
    pub expected: String,
    /// What came.
    pub actual: String,
}

/// Why a pair could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum Unjudged {
    /// The file is not a pair.
    #[error("not a golden pair: {0}")]
    NotAPair(String),
    /// No answer, or none that could be read.
    #[error("the control plane gave no answer")]
    Silent(#[from] reqwest::Error),
    /// What the pair takes for granted could not be brought about.
    #[error("`given: {0}` could not be brought about: the control plane refused")]
    NotGiven(String),
}

/// Sends the request of a pair and compares the answer. Nothing found means that they agree.
///
/// # Errors
/// [`Unjudged`] when the pair cannot be played at all.
pub async fn check(golden: &Value, plane: &ControlPlane) -> Result<Vec<Difference>, Unjudged> {
    crate::install_tls();
    let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
    let mut play = Play { plane, http, instance_id: String::new() };
    for given in golden["given"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        play.bring_about(given).await?;
    }
    let reply = play.send(&golden["request"]).await?;
    let expected = &golden["response"];
    let mut found = vec![difference("status", &expected["status"], &json!(reply.status().as_u16()))];
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let actual = reply.headers().get(name).and_then(|value| value.to_str().ok());
        found.push(difference(&format!("header {name}"), value, &json!(actual)));
    }
    let body = reply.text().await?;
    let wanted = expected["body"].as_str().ok_or_else(|| not_a_text("response.body"))?;
    found.push(difference("body", &json!(wanted), &json!(settled(&body, wanted, &expected["volatile"]))));
    Ok(found.into_iter().flatten().collect())
}

fn difference(at: &str, expected: &Value, actual: &Value) -> Option<Difference> {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    (expected != actual).then(|| Difference {
        at: at.to_owned(),
        expected: shown(expected),
        actual: shown(actual),
    })
}

/// The body with the agreed values at the volatile places, where what came is of the same kind.
/// A body whose bytes are not its compact JSON form is left as it is, and so differs.
fn settled(body: &str, wanted: &str, volatile: &Value) -> String {
    let places: Vec<&str> = volatile.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let (Ok(mut found), Ok(wanted)) =
        (serde_json::from_str::<Value>(body), serde_json::from_str::<Value>(wanted))
    else {
        return body.to_owned();
    };
    let compact = found.to_string();
    if places.is_empty() || compact != body {
        return body.to_owned();
    }
    for place in places {
        if let (Some(value), Some(agreed)) = (found.pointer_mut(place), wanted.pointer(place))
            && is_alike(value, agreed)
        {
            *value = agreed.clone();
        }
    }
    found.to_string()
}

/// The same kind of value; a text must also not be empty.
fn is_alike(value: &Value, agreed: &Value) -> bool {
    std::mem::discriminant(value) == std::mem::discriminant(agreed)
        && value.as_str().is_none_or(|text| !text.is_empty())
}

/// One pair at play.
struct Play<'p> {
    plane: &'p ControlPlane,
    http: reqwest::Client,
    instance_id: String,
}

impl Play<'_> {
    fn fill(&self, text: &str) -> String {
        let words = [
            ("{shared_secret}", &self.plane.shared_secret),
            ("{admin_api_token}", &self.plane.admin_api_token),
            ("{alpha.admin_token}", &self.plane.alpha_admin_token),
            ("{beta.admin_token}", &self.plane.beta_admin_token),
            ("{session_cookie}", &self.plane.session_cookie),
            ("{instance_id}", &self.instance_id),
        ];
        words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value))
    }

    async fn send(&self, request: &Value) -> Result<reqwest::Response, Unjudged> {
        let text = |key: &str| request[key].as_str().ok_or_else(|| not_a_text(&format!("request.{key}")));
        let method = text("method")?;
        let wrong = |_| Unjudged::NotAPair(format!("`request.method` is no method: `{method}`"));
        let method: Method = method.parse().map_err(wrong)?;
        let mut call = self.http.request(method, format!("{}{}", self.plane.url, self.fill(text("target")?)));
        for (name, value) in request["headers"].as_object().into_iter().flatten() {
            call = call.header(name, self.fill(value.as_str().unwrap_or_default()));
        }
        if let Some(body) = request["body"].as_str() {
            call = call.body(body.to_owned());
        }
        Ok(call.send().await?)
    }

    /// Brings about what a pair takes for granted, over the wire like everything else.
    async fn bring_about(&mut self, given: &str) -> Result<(), Unjudged> {
        let done = match given {
            "instance" => {
                let reply: Value = self.send(&provision()).await?.json().await?;
                reply["instance_id"].as_str().unwrap_or_default().clone_into(&mut self.instance_id);
                !self.instance_id.is_empty()
            }
            "deprovisioned" => self.send(&deprovision()).await?.status().is_success(),
            "session" => self.member().await?.is_success(),
            unknown => {
                return Err(Unjudged::NotAPair(format!(
                    "`given` knows {}, not `{unknown}`",
                    GIVEN.join(", ")
                )));
            }
        };
        if done { Ok(()) } else { Err(Unjudged::NotGiven(given.to_owned())) }
    }

    /// Only a stub can be told of sessions; elsewhere the cookie must be a real one already.
    async fn member(&self) -> Result<reqwest::StatusCode, Unjudged> {
        let member = json!({ "slug": "harness-tenant-alpha", "member": true, "user_id": "user-1" });
        let table = json!({ self.plane.session_cookie.as_str(): member });
        let call = self.http.put(format!("{}/__stub/members", self.plane.url)).json(&table);
        Ok(call.send().await?.status())
    }
}

/// What a pair can take for granted.
const GIVEN: [&str; 3] = ["instance", "deprovisioned", "session"];

fn not_a_text(key: &str) -> Unjudged {
    Unjudged::NotAPair(format!("`{key}` is no text"))
}

/// The workspace of all pairs.
const WORKSPACE: &str = "3f1f6a52-8b1e-4c5e-9f57-2f5a6c1d7e80";

fn shared_headers() -> Value {
    json!({ "authorization": "Bearer {shared_secret}", "x-molecule-admin-token": "{alpha.admin_token}" })
}

fn provision() -> Value {
    let body = json!({
        "org_id": "harness-org-alpha", "workspace_id": WORKSPACE, "runtime": "claude-code", "tier": 2,
        "platform_url": "http://tenant-alpha:8080", "env": {},
    });
    json!({
        "method": "POST", "target": "/cp/workspaces/provision",
        "headers": shared_headers(), "body": body.to_string(),
    })
}

fn deprovision() -> Value {
    json!({
        "method": "DELETE", "target": format!("/cp/workspaces/{WORKSPACE}?instance_id={{instance_id}}"),
        "headers": shared_headers(), "body": null,
    })
}
