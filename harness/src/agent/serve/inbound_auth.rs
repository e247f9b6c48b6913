//! The platform's proof at the agent: the bearer is the stored inbound secret.

use http::{HeaderMap, header};
use sha2::{Digest, Sha256};

use crate::agent::{disk::INBOUND_SECRET, standin::Agent};

/// Closed when there is nothing to compare with.
pub(super) fn is_platform(agent: &Agent, headers: &HeaderMap) -> bool {
    is_bearer(headers, agent.disk().secret(INBOUND_SECRET).as_deref())
}

/// Whether the bearer equals the secret. Digests are compared, so that the time taken says nothing
/// about how much of the secret was right.
pub(super) fn is_bearer(headers: &HeaderMap, secret: Option<&str>) -> bool {
    let presented = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match (presented, secret) {
        (Some(presented), Some(secret)) => digest(presented) == digest(secret),
        _ => false,
    }
}

fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}
