//! Session cookies: the control plane says whether the user belongs to this tenant.
//!
//! The answer is cached by slug and cookie, so that a page load is not a burst of upstream calls; a
//! refusal is kept shorter than a confirmation, a failed call not at all.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use http::header;
use secrecy::{ExposeSecret, SecretString};
use server_wire::control_plane::{SESSION_VERIFIER_AGENT, TENANT_MEMBER_PATH, TenantMember};
use sha2::{Digest, Sha256};
use tokio::time::Instant;
use url::Url;

use crate::{App, clients, config::Config};

/// How long a confirmed membership counts.
const POSITIVE_FOR: Duration = Duration::from_secs(30);
/// How long a refused one counts.
const NEGATIVE_FOR: Duration = Duration::from_secs(5);
/// Longest wait for the control plane.
const DEADLINE: Duration = Duration::from_secs(3);
/// How often stale answers are dropped.
const SWEEP_EVERY: Duration = Duration::from_secs(120);
/// Cookies remembered at once, and how many make room when full.
const ENTRIES_MAX: usize = 10_000;
const EVICTED: usize = 128;
/// Most bytes read of the answer.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

type Key = [u8; 32];

#[derive(Clone, Copy)]
struct Answer {
    member: bool,
    good_until: Instant,
}

/// Asks the control plane about cookies and remembers what it said.
pub struct SessionVerifier {
    upstream: Option<Upstream>,
    cache: Mutex<HashMap<Key, Answer>>,
}

struct Upstream {
    question: Url,
    slug: String,
    client: reqwest::Client,
}

impl SessionVerifier {
    /// Session auth is on only with a slug and an upstream control plane.
    pub fn new(config: &Config) -> Self {
        let parts = config.control_plane.upstream_url.clone().zip(config.org_slug.clone());
        let upstream = parts.map(|(mut question, slug)| {
            question.set_path(TENANT_MEMBER_PATH);
            question.set_query(None);
            question.query_pairs_mut().append_pair("slug", &slug);
            Upstream { question, slug, client: clients::control_plane() }
        });
        Self { upstream, cache: Mutex::default() }
    }

    /// Whether cookies mean anything here.
    pub fn is_configured(&self) -> bool {
        self.upstream.is_some()
    }

    /// Whether the cookie belongs to a member of this tenant; mere login is not enough.
    pub async fn is_member(&self, cookie: &SecretString) -> bool {
        let Some(upstream) = &self.upstream else { return false };
        let key = cache_key(&upstream.slug, cookie);
        if let Some(member) = self.remembered(&key) {
            return member;
        }
        match tokio::time::timeout(DEADLINE, upstream.ask(cookie)).await {
            Ok(Ok(member)) => {
                self.remember(key, member);
                member
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "session verification failed");
                false
            }
            Err(_) => {
                tracing::warn!("session verification took longer than {DEADLINE:?}");
                false
            }
        }
    }

    /// Drops what no longer counts.
    pub fn sweep(&self) {
        let now = Instant::now();
        self.lock().retain(|_, answer| answer.good_until > now);
    }

    fn remembered(&self, key: &Key) -> Option<bool> {
        let answer = *self.lock().get(key)?;
        (answer.good_until > Instant::now()).then_some(answer.member)
    }

    fn remember(&self, key: Key, member: bool) {
        let mut cache = self.lock();
        if cache.len() >= ENTRIES_MAX {
            let evicted: HashSet<Key> = cache.keys().take(EVICTED).copied().collect();
            cache.retain(|key, _| !evicted.contains(key));
        }
        let good_for = if member { POSITIVE_FOR } else { NEGATIVE_FOR };
        cache.insert(key, Answer { member, good_until: Instant::now() + good_for });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Answer>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Upstream {
    async fn ask(&self, cookie: &SecretString) -> Result<bool, reqwest::Error> {
        let request = self
            .client
            .get(self.question.clone())
            .header(header::USER_AGENT, SESSION_VERIFIER_AGENT)
            .header(header::COOKIE, cookie.expose_secret());
        let mut response = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status().as_u16();
        let body = clients::read_capped(&mut response, ANSWER_BYTES_MAX).await?;
        Ok(TenantMember::confirms(status, &body))
    }
}

impl App {
    /// Starts the task that drops what the session cache no longer believes.
    pub fn start_session_sweep(&self) {
        if !self.session.is_configured() {
            return;
        }
        let app = self.clone();
        self.context.supervise("session-cache-sweep", move || {
            let app = app.clone();
            // The first run comes at a random moment, so that tenants booted together do not sweep together.
            let first = SWEEP_EVERY.mul_f64(rand::random());
            async move {
                tokio::time::sleep(first).await;
                loop {
                    app.session.sweep();
                    app.tasks.tick("session-cache-sweep", app.context.now());
                    tokio::time::sleep(SWEEP_EVERY).await;
                }
            }
        });
    }
}

fn cache_key(slug: &str, cookie: &SecretString) -> Key {
    let mut digest = Sha256::new();
    digest.update(slug.as_bytes());
    digest.update([0]);
    digest.update(cookie.expose_secret().as_bytes());
    digest.finalize().into()
}

#[cfg(test)]
mod tests;
