//! The real topology: it reads, it boots, and its identities are who they say.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::path::Path;
use std::sync::Arc;

use harness::world::{Caller, Options, Progress, Stage, World, WorldSpec};
use harness_model::topology::Topology;
use harness_model::yaml::Source;
use serde_json::{Map, Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the project")
}

fn topology() -> Topology {
    let path = "fixtures/topologies/two-tenants.yaml";
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    let (topology, diagnostics) = Topology::read(Source::new(path, text));
    assert!(diagnostics.lines().is_empty(), "{:#?}", diagnostics.lines());
    topology.unwrap()
}

async fn send(caller: &Caller, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http.request(method.parse().unwrap(), format!("{}{path}", caller.base));
    if let Some(host) = &caller.host {
        request = request.header("host", host);
    }
    for header in &caller.headers {
        request = request.header(&header.name, header.expose());
    }
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn ask(world: &World, identity: &str, args: Value) -> (u16, String) {
    let args: Map<String, Value> = args.as_object().cloned().unwrap_or_default();
    let caller = world.caller(identity, &args).await.unwrap();
    send(&caller, "GET", "/workspaces", None).await
}

/// Ledger: HARN-006.
#[tokio::test(flavor = "multi_thread")]
async fn both_tenants_boot_and_know_their_callers() {
    harness::install_tls();
    let mut options = Options::from_env(root()).unwrap();
    options.keeper = env!("CARGO_BIN_EXE_harness").into();
    options.progress = Progress::to(|message| println!("{message}"));
    let topology = Arc::new(topology());
    let stage = Stage::open(options, topology.clone()).await.unwrap();
    let spec = WorldSpec::of(topology);
    let world = stage.world(&spec).await.unwrap();
    for (identity, args, wanted) in [
        ("alpha_admin", json!({}), 200),
        ("beta_admin", json!({}), 200),
        ("admin", json!({}), 200),
        ("alpha_anon", json!({}), 404),
        ("alpha_creds_at_beta", json!({}), 404),
        ("alpha_mixed", json!({}), 401),
        ("alpha_org_only", json!({}), 401),
        ("alpha_bearer_only", json!({}), 404),
        ("alpha_admin_two_orgs", json!({}), 404),
        ("alpha_admin", json!({ "token": "bogus" }), 401),
        ("alpha_replayed", json!({ "org": "harness-org-alpha" }), 200),
        ("beta_replayed", json!({ "org": "harness-org-alpha" }), 404),
        ("alpha_creds_at_beta_direct", json!({}), 404),
        ("alpha_admin_direct", json!({}), 200),
        ("stranger", json!({}), 404),
    ] {
        let (status, body) = ask(&world, identity, args.clone()).await;
        assert_eq!(status, wanted, "{identity} {args}");
        let empty = wanted == 404 && identity != "stranger";
        assert_eq!(body.is_empty(), empty, "{identity} {args}: {body}");
    }
    world.down().await.unwrap();
    stage.close().await.unwrap();
}
