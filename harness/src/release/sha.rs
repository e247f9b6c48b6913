//! Which build do the tenants really serve?
//!
//! A redeploy once reported success from a remote command's exit code while the containers kept the old image,
//! and the check that should have seen it took every unreachable tenant for a warning (#2395, #2398). So:
//! only what `/buildinfo` says counts, and a fleet of which nobody answers is a failure.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::Value;
use thiserror::Error;
use url::Url;

/// Tags that move: only for these the running build has to follow the release.
pub const MOVING_TAGS: [&str; 2] = ["latest", "staging-latest"];

/// A tenant to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// How it is called in the report.
    pub name: String,
    /// Its public address; also its `Host`.
    pub url: Url,
}

/// A tenant argument that cannot be read.
#[derive(Debug, Error)]
#[error("`{0}` is not NAME=URL, as in alpha=https://alpha.example.com")]
pub struct NotATenant(String);

impl std::str::FromStr for Tenant {
    type Err = NotATenant;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotATenant(text.to_owned());
        let (name, url) = text.split_once('=').ok_or_else(wrong)?;
        let url: Url = url.parse().map_err(|_| wrong())?;
        if name.is_empty() || url.host_str().is_none() {
            return Err(wrong());
        }
        Ok(Tenant { name: name.to_owned(), url })
    }
}

/// What a tenant answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A status and a body.
    Body(u16, Vec<u8>),
    /// Nothing, and why.
    Nothing(String),
}

/// What the answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It serves the expected build.
    Ok,
    /// It serves another one.
    Stale(String),
    /// It does not say, and why that is so.
    Unreachable(String),
}

impl Standing {
    /// Reads an answer. Anything but a non-empty `git_sha` in a 200 says nothing about the build.
    #[must_use]
    pub fn of(answer: &Answer, expected: &str) -> Self {
        let body = match answer {
            Answer::Body(200, body) => body,
            Answer::Body(status, _) => return Standing::Unreachable(format!("/buildinfo answered {status}")),
            Answer::Nothing(cause) => return Standing::Unreachable(cause.clone()),
        };
        let json: Value = match serde_json::from_slice(body) {
            Ok(json) => json,
            Err(_) => return Standing::Unreachable("/buildinfo is not JSON".into()),
        };
        match json.get("git_sha").and_then(Value::as_str) {
            None | Some("") => Standing::Unreachable("/buildinfo has no git_sha".into()),
            Some(sha) if sha == expected => Standing::Ok,
            Some(sha) => Standing::Stale(sha.to_owned()),
        }
    }

    /// The word of the report.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Standing::Ok => "OK",
            Standing::Stale(_) => "STALE",
            Standing::Unreachable(_) => "UNREACHABLE",
        }
    }
}

/// What a whole fleet adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fleet {
    /// Every tenant serves the build.
    Verified,
    /// Nobody is stale, but somebody did not say: worth a look, not a failure.
    Partly,
    /// A tenant serves another build.
    Stale,
    /// Nobody answered: nothing was verified, and that must not look like success.
    Dark,
}

impl Fleet {
    /// Adds up the standings of a fleet.
    #[must_use]
    pub fn of<'a>(standings: impl IntoIterator<Item = &'a Standing>) -> Self {
        let (mut ok, mut stale, mut unreachable) = (0_usize, 0_usize, 0_usize);
        for standing in standings {
            match standing {
                Standing::Ok => ok += 1,
                Standing::Stale(_) => stale += 1,
                Standing::Unreachable(_) => unreachable += 1,
            }
        }
        match (ok, stale, unreachable) {
            (_, 1.., _) => Fleet::Stale,
            (0, 0, _) => Fleet::Dark,
            (_, 0, 0) => Fleet::Verified,
            (_, 0, _) => Fleet::Partly,
        }
    }

    /// Whether the release may be called done.
    #[must_use]
    pub fn is_good(self) -> bool {
        match self {
            Fleet::Verified | Fleet::Partly => true,
            Fleet::Stale | Fleet::Dark => false,
        }
    }
}

/// Asks every tenant at once; `via` sends all requests to one address, the tenant then travels in `Host`.
///
/// # Errors
/// When no client can be built.
pub async fn ask(tenants: &[Tenant], via: Option<&Url>, within: Duration) -> reqwest::Result<Vec<Answer>> {
    let client =
        reqwest::Client::builder().timeout(within).redirect(reqwest::redirect::Policy::none()).build()?;
    Ok(join_all(tenants.iter().map(|tenant| ask_one(&client, tenant, via))).await)
}

async fn ask_one(client: &reqwest::Client, tenant: &Tenant, via: Option<&Url>) -> Answer {
    let mut url = via.unwrap_or(&tenant.url).clone();
    url.set_path("/buildinfo");
    let mut request = client.get(url);
    if via.is_some() {
        request = request.header(http::header::HOST, authority(&tenant.url));
    }
    let answer = async {
        let response = request.send().await?;
        let status = response.status().as_u16();
        Ok::<_, reqwest::Error>(Answer::Body(status, response.bytes().await?.to_vec()))
    };
    answer.await.unwrap_or_else(|error| Answer::Nothing(cause(&error)))
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The innermost cause says what happened; the outer ones only that sending failed.
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "no answer in time".into();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "0123abc";

    fn body(text: &str) -> Answer {
        Answer::Body(200, text.as_bytes().to_vec())
    }

    /// The unit table of the verifier (#2395, #2398).
    #[test]
    fn only_the_very_sha_is_ok_and_only_another_sha_is_stale() {
        let table = [
            ("equal", body(r#"{"git_sha":"0123abc"}"#), "OK"),
            ("different", body(r#"{"git_sha":"fffffff"}"#), "STALE"),
            ("a prefix", body(r#"{"git_sha":"0123"}"#), "STALE"),
            ("dev", body(r#"{"git_sha":"dev"}"#), "STALE"),
            ("404 empty", Answer::Body(404, Vec::new()), "UNREACHABLE"),
            (
                "the right body with 404",
                Answer::Body(404, br#"{"git_sha":"0123abc"}"#.to_vec()),
                "UNREACHABLE",
            ),
            ("200 HTML", body("<!doctype html><title>canvas</title>"), "UNREACHABLE"),
            ("200 {}", body("{}"), "UNREACHABLE"),
            ("200 []", body("[]"), "UNREACHABLE"),
            ("empty sha", body(r#"{"git_sha":""}"#), "UNREACHABLE"),
            ("sha is no text", body(r#"{"git_sha":7}"#), "UNREACHABLE"),
            ("timeout", Answer::Nothing("no answer in time".into()), "UNREACHABLE"),
        ];
        for (name, answer, word) in table {
            assert_eq!(Standing::of(&answer, SHA).word(), word, "{name}");
        }
    }

    #[test]
    fn a_fleet_that_is_silent_as_a_whole_is_a_failure() {
        let (ok, stale, dark) =
            (Standing::Ok, Standing::Stale("x".into()), Standing::Unreachable("no answer".into()));
        assert_eq!(Fleet::of([&ok, &ok]), Fleet::Verified);
        assert_eq!(Fleet::of([&ok, &dark]), Fleet::Partly);
        assert_eq!(Fleet::of([&ok, &stale]), Fleet::Stale);
        assert_eq!(Fleet::of([&stale, &dark]), Fleet::Stale);
        assert_eq!(Fleet::of([&dark, &dark]), Fleet::Dark);
        assert_eq!(Fleet::of([]), Fleet::Dark);
        assert_eq!(
            [Fleet::Verified, Fleet::Partly, Fleet::Stale, Fleet::Dark].map(Fleet::is_good),
            [true, true, false, false]
        );
    }

    #[test]
    fn a_tenant_is_a_name_and_an_address() {
        let tenant: Tenant = "alpha=http://harness-tenant-alpha.localhost:8080/".parse().unwrap();
        assert_eq!(
            (tenant.name.as_str(), authority(&tenant.url).as_str()),
            ("alpha", "harness-tenant-alpha.localhost:8080")
        );
        for wrong in ["alpha", "=http://x", "alpha=nowhere", "alpha=mailto:x"] {
            assert!(wrong.parse::<Tenant>().is_err(), "{wrong}");
        }
    }
}
