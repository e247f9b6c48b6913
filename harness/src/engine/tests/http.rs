//! The `http` action: identities, bodies, streams.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use harness_model::topology::{IdentitySpec, Text};

use super::{Builder, run, server, world};
use crate::engine::static_world;
use crate::engine::testing::serve;

#[tokio::test]
async fn an_identity_brings_host_credentials_and_doubled_headers() {
    let world = Builder::default()
        .server(server())
        .await
        .with(|topology| {
            let spec = IdentitySpec {
                via: Some(Text::literal("server")),
                host: Some(Text::literal("tenant.localhost")),
                bearer: Some(Text::literal("abcdefgh")),
                headers: [("X-Org".to_owned(), Text::literal("alpha"))].into_iter().collect(),
                ..IdentitySpec::default()
            };
            topology.identities.insert("admin".into(), spec);
        })
        .build();
    let ran = run(
        r#"
steps:
  - name: as admin
    http: { as: admin, get: "/echo/a//b?x=%27", query: { q: [1, "a b"], none: null }, headers: { X-More: yes } }
    expect:
      json:
        target: "/echo/a//b?x=%27&q=1&q=a%20b"
        headers: [[host, tenant.localhost], [authorization, "Bearer abcdefgh"], [x-org, alpha], [x-more, "yes"]]
"#,
        &world,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn every_kind_of_body_arrives_with_its_type() {
    let ran = run(
        r#"
steps:
  - name: body
    for_each:
      - { kind: json, is: '{"a":1}', type: application/json }
    http: { as: anyone, post: /echo, json: { a: 1 } }
    expect: { json: { body: "${is}", headers: { any: { equals: [content-type, "${type}"] } } } }
  - name: form
    http: { as: anyone, post: /echo, form: { a: "x y", b: [1, 2] } }
    expect: { json: { body: "a=x%20y&b=1&b=2" } }
  - name: text
    http: { as: anyone, put: /echo, text: "hé", headers: { Content-Type: text/custom } }
    expect: { json: { method: PUT, body: "hé", headers: { any: { equals: [content-type, text/custom] } } } }
  - name: bytes
    http: { as: anyone, post: /echo, bytes: { hex: "6869" } }
    expect: { json: { body: hi, headers: { not: { any: { contains: content-type } } } } }
  - name: nothing
    http: { as: anyone, delete: /echo }
    expect: { json: { body: "" } }
"#,
        &world().await,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn a_generated_upload_is_counted_by_the_server_and_not_kept_in_the_log() {
    let app = Router::new()
        .route("/up", post(|body: bytes::Bytes| async move { body.len().to_string() }))
        .layer(DefaultBodyLimit::disable());
    let world = Builder::default().server(app).await.build();
    let ran = run(
        r#"
steps:
  - name: raw
    http: { as: anyone, post: /up, bytes: { size: 3MiB } }
    expect: { status: 200, body: "3145728" }
  - name: form
    http:
      as: anyone
      post: /up
      multipart:
        - { name: files, filename: a.bin, type: application/octet-stream, size: 1MiB }
        - { name: note, text: hi }
    expect: { status: 200, json: { more_than: 1048576 } }
"#,
        &world,
    )
    .await;
    ran.assert_passed();
    assert!(ran.told().len() < 20_000, "{}", ran.told().len());
}

#[tokio::test]
async fn a_stream_is_judged_while_it_is_open_and_hanging_up_is_no_error() {
    let app = Router::new()
        .route(
            "/ticks",
            axum::routing::get(|| async {
                axum::body::Body::from_stream(async_stream::stream! {
                    loop {
                        yield Ok::<_, std::convert::Infallible>("tick");
                        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
                    }
                })
            }),
        )
        .merge(server());
    let world = Builder::default().server(app).await.build();
    let ran = run(
        "steps:\n  - name: ticks\n    http: { as: anyone, get: /ticks, stream: { for: 10s, chunks: 2 } }\n    expect: { status: 200, chunks: { length: { at_least: 2 } }, text: { starts_with: tick } }\n  - name: leaves\n    http: { as: anyone, get: /hang, hang_up: { after: 20ms } }\n",
        &world,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn a_server_that_already_runs_is_a_world_of_its_own() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let base: url::Url = serve(server()).await.parse().unwrap();
    let one = static_world(Some(&base));
    let asks = "steps:\n  - { name: a, http: { as: server, get: /ok }, expect: { status: 200 } }\n";
    run(asks, &one).await.assert_passed();
    let none = static_world(None);
    let absolute =
        format!("steps:\n  - {{ name: a, http: {{ get: \"{base}ok\" }}, expect: {{ status: 200 }} }}\n");
    run(&absolute, &none).await.assert_passed();
    assert!(run(asks, &none).await.broken().message.contains("unknown identity `server`"));
    let kill = "steps:\n  - { name: k, service: { kill: server } }\n";
    assert!(run(kill, &one).await.broken().message.contains("not available here"));
}
