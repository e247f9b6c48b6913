//! What a tenant sees of a request, and a client of an answer.

use super::bench::{Kind, Origin, header};
use super::on_both;

on_both! {
    the_tenant_sees_the_edges_word_and_the_clients_credentials,
    the_tenant_header_is_never_added,
    every_request_has_a_ray_of_its_own_also_at_the_edge,
}

/// Ledger: HARN-114.
async fn the_tenant_sees_the_edges_word_and_the_clients_credentials(edge: Kind) {
    let mut origin = Origin::says(
        "HTTP/1.1 200 OK\r\nServer: ours\r\nX-Kept: yes\r\nKeep-Alive: 5\r\nContent-Length: 0\r\n\r\n",
    )
    .await;
    let bench = edge.before(origin.address).await;
    let answer = bench
        .ask(
            "GET / HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\n\
             CF-Connecting-IP: 6.6.6.6\r\nCF-Anything: x\r\nX-Forwarded-For: 7.7.7.7\r\n\
             X-Forwarded-Proto: http\r\nX-Forwarded-Host: evil.example\r\n\
             Authorization: Bearer t\r\nX-Molecule-Org-Id: org\r\nOrigin: http://alpha.localhost\r\n\r\n",
        )
        .await;
    let head = origin.head().await;
    let seen = |name| header(&head, name);
    assert_eq!(seen("cf-connecting-ip").as_deref(), Some("127.0.0.1"));
    assert_eq!(seen("cf-anything"), None);
    assert_eq!(seen("x-forwarded-for").as_deref(), Some("7.7.7.7, 127.0.0.1"));
    assert_eq!(seen("x-forwarded-proto").as_deref(), Some("https"));
    assert_eq!(seen("x-forwarded-host").as_deref(), Some("alpha.localhost"));
    assert_eq!(seen("cf-ipcountry").as_deref(), Some("US"));
    assert_eq!(seen("cf-visitor").as_deref(), Some("{\"scheme\":\"https\"}"));
    assert_eq!(seen("cdn-loop").as_deref(), Some("cloudflare; loops=1"));
    assert_eq!(seen("accept-encoding").as_deref(), Some("br, gzip"));
    assert_eq!(seen("authorization").as_deref(), Some("Bearer t"));
    assert_eq!(seen("x-molecule-org-id").as_deref(), Some("org"));
    assert_eq!(seen("origin").as_deref(), Some("http://alpha.localhost"));

    let ray = seen("cf-ray").unwrap();
    let (digits, colo) = ray.split_once('-').unwrap();
    assert!(digits.len() == 16 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()), "{ray}");
    assert_eq!(colo.len(), 3);
    assert_eq!(answer.header("cf-ray"), Some(ray));
    assert_eq!(answer.header("server").as_deref(), Some("cloudflare"));
    assert_eq!(answer.header("x-kept").as_deref(), Some("yes"));
    assert_eq!(answer.header("keep-alive"), None);
}

/// Ledger: HARN-019.
async fn the_tenant_header_is_never_added(edge: Kind) {
    let mut origin = Origin::says(super::bench::EMPTY).await;
    let bench = edge.before(origin.address).await;
    bench.get("/").await;
    let head = origin.head().await.to_ascii_lowercase();
    assert!(!head.contains("x-molecule-org-id") && !head.contains("authorization"), "{head}");
}

async fn every_request_has_a_ray_of_its_own_also_at_the_edge(edge: Kind) {
    let origin = Origin::says(super::bench::EMPTY).await;
    let bench = edge.before(origin.address).await;
    let stranger = "GET / HTTP/1.1\r\nHost: who\r\nConnection: close\r\n\r\n";
    let rays = [bench.get("/").await, bench.get("/").await, bench.ask(stranger).await];
    let rays = rays.map(|answer| answer.header("cf-ray").unwrap());
    assert!(rays[0] != rays[1] && rays[1] != rays[2], "{rays:?}");
    assert!(bench.logged(|line| line.contains(&rays[2]) && line.contains("404")).await);
}
