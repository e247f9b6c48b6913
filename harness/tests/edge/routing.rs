//! Which tenant a request reaches, and that a stranger reaches none.

use super::bench::{EMPTY, Kind, Origin};
use super::on_both;

on_both! {
    a_known_host_reaches_its_tenant_byte_for_byte,
    an_unknown_host_is_answered_by_the_edge_and_reaches_nobody,
    a_request_that_went_in_a_circle_is_refused,
}

async fn a_known_host_reaches_its_tenant_byte_for_byte(edge: Kind) {
    for host in ["alpha.localhost", "ALPHA.LOCALHOST", "alpha.localhost:8080", "alias.localhost"] {
        let mut origin = Origin::says(EMPTY).await;
        let bench = edge.before(origin.address).await;
        let path = "/a%2Fb//c/../d?x=%20&y=a+b&&z";
        let answer =
            bench.ask(&format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")).await;
        assert_eq!(answer.status, 200);
        let head = origin.head().await;
        assert!(head.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{head}");
        assert_eq!(super::bench::header(&head, "host").as_deref(), Some(host));
    }
}

async fn an_unknown_host_is_answered_by_the_edge_and_reaches_nobody(edge: Kind) {
    let origin = Origin::says(EMPTY).await;
    let bench = edge.before(origin.address).await;
    for host in [
        "Host: stranger.localhost\r\n",
        "Host: 127.0.0.1\r\n",
        "Host:\r\n",
        "",
        "Host: alpha.localhost.evil\r\n",
        "Host: alpha.localhost.\r\n",
        "Host: alpha.localhost:x\r\n",
        "Host: [::1]:80\r\n",
    ] {
        let answer = bench.ask(&format!("GET /health HTTP/1.1\r\n{host}Connection: close\r\n\r\n")).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "unknown host"), "{host}");
        assert_eq!(answer.header("x-harness-edge").as_deref(), Some("unknown-host"));
    }
    assert!(origin.is_untouched());
}

async fn a_request_that_went_in_a_circle_is_refused(edge: Kind) {
    let origin = Origin::says(EMPTY).await;
    let bench = edge.before(origin.address).await;
    let ask = |hops: &str| {
        format!("GET / HTTP/1.1\r\nHost: alpha.localhost\r\nCdn-Loop: {hops}\r\nConnection: close\r\n\r\n")
    };
    for hops in ["cloudflare; loops=2", "cloudflare, cloudflare", "fastly, Cloudflare; subreqs=1; loops=30"] {
        let answer = bench.ask(&ask(hops)).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, "error code: 1000"), "{hops}");
    }
    assert!(origin.is_untouched());
    for hops in ["cloudflare; loops=1", "cloudflare", "fastly; loops=9", "not-cloudflare; loops=9"] {
        assert_eq!(bench.ask(&ask(hops)).await.status, 200, "{hops}");
    }
}
