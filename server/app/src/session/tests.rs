//! The verifier against a control plane that answers in every possible way.

use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{header, method, path, query_param},
};

use super::*;
use crate::config::Environment;

async fn verifier(server: &MockServer, slug: &str) -> SessionVerifier {
    clients::install_tls();
    let uri = format!("{}/ignored-base", server.uri());
    let env = Environment::from([("CP_UPSTREAM_URL", uri.as_str()), ("MOLECULE_ORG_SLUG", slug)]);
    SessionVerifier::new(&Config::read(&env).expect("valid").0)
}

async fn answering(template: ResponseTemplate, calls: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(TENANT_MEMBER_PATH))
        .and(header("user-agent", SESSION_VERIFIER_AGENT))
        .respond_with(template)
        .expect(calls)
        .mount(&server)
        .await;
    server
}

fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

/// Ledger: EDGE-111.
#[tokio::test]
async fn a_member_is_asked_for_once_while_the_answer_is_fresh() {
    let server = answering(json(r#"{"member":true,"user_id":"u"}"#), 1).await;
    let verifier = verifier(&server, "alpha").await;
    for _ in 0..3 {
        assert!(verifier.is_member(&"session=1".into()).await);
    }
}

/// Ledger: EDGE-111.
#[tokio::test]
async fn whatever_does_not_confirm_membership_is_refused_and_remembered() {
    for template in [
        json(r#"{"member":false,"user_id":"u"}"#),
        json(r#"{"member":true,"user_id":""}"#),
        json("<html>"),
        ResponseTemplate::new(401),
    ] {
        let server = answering(template, 1).await;
        let verifier = verifier(&server, "alpha").await;
        for _ in 0..2 {
            assert!(!verifier.is_member(&"session=1".into()).await);
        }
    }
}

/// Ledger: EDGE-111.
#[tokio::test]
async fn a_failed_call_is_refused_and_not_remembered() {
    clients::install_tls();
    // Bound, so that nobody else comes to listen there.
    let closed = tokio::net::TcpSocket::new_v4().expect("a socket");
    closed.bind("127.0.0.1:0".parse().expect("well formed")).expect("a free port");
    let uri = format!("http://{}", closed.local_addr().expect("bound"));
    let env = Environment::from([("CP_UPSTREAM_URL", uri.as_str()), ("MOLECULE_ORG_SLUG", "alpha")]);
    let verifier = SessionVerifier::new(&Config::read(&env).expect("valid").0);
    assert!(!verifier.is_member(&"session=1".into()).await);
    assert!(verifier.lock().is_empty());
}

/// Ledger: EDGE-111.
#[tokio::test]
async fn the_cookie_and_the_slug_of_this_tenant_reach_the_control_plane() {
    let server = MockServer::start().await;
    Mock::given(query_param("slug", "beta"))
        .and(header("cookie", "a=1; b=2"))
        .respond_with(json(r#"{"member":true,"user_id":"u"}"#))
        .expect(1)
        .mount(&server)
        .await;
    let verifier = verifier(&server, "beta").await;
    assert!(verifier.is_member(&"a=1; b=2".into()).await);
    assert_ne!(cache_key("alpha", &"a=1; b=2".into()), cache_key("beta", &"a=1; b=2".into()));
}

/// Ledger: EDGE-111.
#[tokio::test(start_paused = true)]
async fn a_confirmation_lasts_thirty_seconds_and_a_refusal_five() {
    let verifier = SessionVerifier::new(&Config::default());
    let (yes, no) = ([1; 32], [2; 32]);
    verifier.remember(yes, true);
    verifier.remember(no, false);
    for (seconds, expected) in [(4, (Some(true), Some(false))), (2, (Some(true), None)), (25, (None, None))] {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        assert_eq!((verifier.remembered(&yes), verifier.remembered(&no)), expected);
    }
    verifier.sweep();
    assert!(verifier.lock().is_empty());
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let verifier = SessionVerifier::new(&Config::default());
    for n in 0..u32::try_from(ENTRIES_MAX).expect("fits") + 500 {
        let mut key = [0; 32];
        key[..4].copy_from_slice(&n.to_be_bytes());
        verifier.remember(key, true);
        assert!(verifier.lock().len() <= ENTRIES_MAX);
    }
}

#[tokio::test]
async fn without_a_slug_no_cookie_means_anything() {
    clients::install_tls();
    let env = Environment::from([("CP_UPSTREAM_URL", "http://127.0.0.1:1")]);
    let verifier = SessionVerifier::new(&Config::read(&env).expect("valid").0);
    assert!(!verifier.is_configured());
    assert!(!verifier.is_member(&"session=1".into()).await);
}
