//! Stable names for secrets: equal secrets show as equal, and nothing else can be learnt.

use http::HeaderMap;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// Headers whose value is a credential.
const CREDENTIAL_HEADERS: [&str; 3] = ["authorization", "cookie", "x-molecule-admin-token"];

/// `sha256:` and the first 16 hex digits of the digest.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

/// All headers of a request with every credential replaced by its fingerprint.
pub(crate) fn without_credentials(headers: &HeaderMap) -> Map<String, Value> {
    let mut shown = Map::new();
    for name in headers.keys() {
        let values: Vec<String> = headers
            .get_all(name)
            .iter()
            .map(|value| shown_value(name.as_str(), &String::from_utf8_lossy(value.as_bytes())))
            .collect();
        shown.insert(name.as_str().to_owned(), Value::String(values.join(", ")));
    }
    shown
}

/// The scheme of an `Authorization` header stays readable; its credential does not.
fn shown_value(name: &str, value: &str) -> String {
    if !CREDENTIAL_HEADERS.contains(&name) {
        return value.to_owned();
    }
    match (name, value.split_once(' ')) {
        ("authorization", Some((scheme, credential))) => format!("{scheme} {}", fingerprint(credential)),
        _ => fingerprint(value),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn equal_secrets_have_equal_fingerprints_and_no_secret_is_shown() {
        assert_eq!(fingerprint("a"), fingerprint("a"));
        assert_ne!(fingerprint("a"), fingerprint("b"));
        let mut headers = HeaderMap::new();
        headers.insert("authorization", HeaderValue::from_static("Bearer hush-1"));
        headers.insert("x-molecule-admin-token", HeaderValue::from_static("hush-2"));
        headers.insert("cookie", HeaderValue::from_static("s=hush-3"));
        headers.insert("x-plain", HeaderValue::from_static("seen"));
        let shown = Value::Object(without_credentials(&headers)).to_string();
        assert!(!shown.contains("hush"), "{shown}");
        assert!(shown.contains(&format!("Bearer {}", fingerprint("hush-1"))) && shown.contains("seen"));
    }
}
