//! Actions that speak to stand-ins, processes, logs and stored values.

use std::sync::{Arc, Mutex};

use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use harness_model::topology::Topology;
use serde_json::{Value, json};

use super::{Builder, play, run, run_play, server};
use crate::engine::testing::serve;
use crate::world::{Endpoint, Stream, World};

/// A stub that keeps faults the way the real one does.
fn stub() -> Router {
    type Faults = Arc<Mutex<(Vec<Value>, Vec<Value>)>>;
    async fn add(State(faults): State<Faults>, Json(order): Json<Value>) -> Json<Value> {
        let mut faults = faults.lock().unwrap();
        let id = format!("fault-{}", faults.0.len() + faults.1.len() + 1);
        let fired = u64::from(order["preset"] == "hit");
        faults.0.push(json!({ "id": id, "fired": fired, "order": order }));
        Json(json!({ "id": id }))
    }
    async fn clear(State(faults): State<Faults>) -> Json<Value> {
        let mut faults = faults.lock().unwrap();
        let active = std::mem::take(&mut faults.0);
        faults.1.extend(active);
        Json(Value::Null)
    }
    async fn state(State(faults): State<Faults>) -> Json<Value> {
        let faults = faults.lock().unwrap();
        Json(json!({ "provision_calls": 2, "active_faults": faults.0, "finished_faults": faults.1 }))
    }
    Router::new()
        .route("/__stub/state", get(state))
        .route("/__stub/faults", post(add).delete(clear))
        .route("/__stub/faults/{id}", delete(|Path(id): Path<String>| async move { id }))
        .with_state(Faults::default())
}

async fn with_stub() -> World {
    let url = serve(stub()).await;
    Builder::default()
        .server(server())
        .await
        .service("cp-stub", Endpoint::Http(url), &[])
        .with(|topology: &mut Topology| drop(topology.roles.insert("stub".into(), "cp-stub".into())))
        .build()
}

#[tokio::test]
async fn a_state_is_kept_under_its_name_and_compared_later() {
    let ran = run(
        "given:\n  - stub: { state: baseline }\nsteps:\n  - name: unchanged\n    stub: { state: current }\n    expect: { json: { provision_calls: { equals: \"${baseline.provision_calls}\" } } }\n",
        &with_stub().await,
    )
    .await;
    ran.assert_passed();
}

/// Ledger: HARN-025.
#[tokio::test]
async fn a_fault_that_stays_or_never_matched_fails_the_replay() {
    let set = |preset: &str| format!("steps:\n  - {{ name: set, stub: {{ fault: {preset} }} }}\n");
    let clear = "  - { name: clear, stub: { clear_faults: all } }\n";
    run(&format!("{}{clear}", set("hit")), &with_stub().await).await.assert_passed();
    let stays = run(&set("hit"), &with_stub().await).await;
    assert!(stays.failed()[0].1.message.contains("still active"), "{:?}", stays.failed());
    let unused = run(&format!("{}{clear}", set("other")), &with_stub().await).await;
    let (step, failure) = &unused.failed()[0];
    assert_eq!(step, "every fault was hit and is gone");
    assert!(
        failure.message.contains("of step `set`") && failure.message.contains("never matched"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn the_fault_of_a_witness_is_the_witness_and_not_left_behind() {
    let mut play = play(
        "steps:\n  - { name: a, stub: { state: s } }\nwitness:\n  - { name: w, stub: { fault: other }, red_at: a }\n",
    );
    play.witness = Some(play.replay.witness[0].clone());
    run_play(&play, &with_stub().await).await.assert_passed();
}

#[tokio::test]
async fn log_lines_count_from_where_the_step_says() {
    let world = Builder::default().server(server()).await.build();
    let log = world.service("server").unwrap().logs().clone();
    log.push(Stream::Out, "booted");
    let judged = play(
        r#"
steps:
  - { name: first, logs: { of: server }, expect: { lines: empty } }
  - { name: boot, logs: { of: server, since: boot }, expect: { text: { contains: booted } } }
  - { name: said, logs: { of: server, since: first }, expect: { lines: [second], text: { not: { contains: booted } } } }
"#,
    );
    let sink = |event: harness_model::event::RunEvent| {
        if let harness_model::event::RunEvent::StepPassed { step, .. } = event
            && step.name == "boot"
        {
            log.push(Stream::Out, "second");
        }
    };
    let outcome = super::run_replay(&judged, &world, &sink).await;
    assert_eq!(outcome.ending, harness_model::verdict::Ending::Passed, "{outcome:#?}");
}

#[tokio::test]
async fn frames_come_in_order_and_an_unwanted_one_is_noticed() {
    let app = Router::new().route(
        "/ws",
        get(|upgrade: WebSocketUpgrade| async {
            upgrade.on_upgrade(|mut socket| async move {
                while let Some(Ok(Message::Text(text))) = socket.recv().await {
                    for n in 1..=3 {
                        let frame = json!({ "n": n, "of": text.as_str() }).to_string();
                        socket.send(Message::text(frame)).await.unwrap();
                    }
                    if text.as_str() == "bye" {
                        return;
                    }
                }
            })
        }),
    );
    let world = Builder::default().server(app).await.build();
    let ran = run(
        r#"
steps:
  - { name: open, ws: { open: line, as: anyone, path: /ws }, expect: { status: 101 } }
  - { name: quiet, ws: { never_sees: { json: present }, on: line, for: 30ms } }
  - { name: ask, ws: { send: hello, on: line } }
  - name: answers
    ws: { sees: [{ json: { n: 1 } }, { json: { n: 3, of: hello } }], on: line, within: 10s }
  - { name: close, ws: { close: line } }
"#,
        &world,
    )
    .await;
    ran.assert_passed();
    let ran = run(
        r#"
steps:
  - { name: open, ws: { open: line, as: anyone, path: /ws } }
  - { name: ask, ws: { send: hello, on: line } }
  - { name: no two, ws: { never_sees: { json: { n: 2 } }, on: line, for: 10s } }
"#,
        &world,
    )
    .await;
    assert_eq!(ran.failed()[0].0, "no two");
    let ran = run(
        r#"
steps:
  - { name: open, ws: { open: line, as: anyone, path: /ws } }
  - { name: ask, ws: { send: bye, on: line } }
  - { name: four, ws: { sees: [{ json: { n: 3 } }, { json: { n: 4 } }], on: line, within: 10s } }
"#,
        &world,
    )
    .await;
    assert!(ran.failed()[0].1.mismatches[0].path.contains("frame 2 of 2"), "{:?}", ran.failed());
    let refused = run(
        "steps:\n  - { name: open, ws: { open: line, as: anyone, path: /nope }, expect: { status: 404, body: empty } }\n",
        &world,
    )
    .await;
    refused.assert_passed();
}

#[tokio::test]
async fn a_tool_call_gives_its_text_and_its_error() {
    async fn answer(Json(call): Json<Value>) -> Json<Value> {
        let name = call["params"]["name"].clone();
        if name == "list_peers" {
            let text = format!("asked by {}", call["params"]["arguments"]["who"]);
            return Json(
                json!({ "jsonrpc": "2.0", "id": call["id"], "result": { "content": [{ "type": "text", "text": text }] } }),
            );
        }
        Json(
            json!({ "jsonrpc": "2.0", "id": call["id"], "error": { "code": -32601, "message": "unknown tool" } }),
        )
    }
    let world = Builder::default().server(Router::new().route("/mcp", post(answer))).await.build();
    let ran = run(
        r#"
steps:
  - name: peers
    mcp: { as: anyone, path: /mcp, call: list_peers, with: { who: me } }
    expect: { status: 200, text: 'asked by "me"' }
  - name: unknown
    mcp: { as: anyone, path: /mcp, call: nothing }
    expect: { error: { code: -32601 } }
"#,
        &world,
    )
    .await;
    ran.assert_passed();
}

#[tokio::test]
async fn a_line_that_must_never_be_logged_fails_every_replay() {
    let world = Builder::default()
        .server(server())
        .await
        .with(|topology: &mut Topology| topology.never_logged.push("api.production.example".into()))
        .build();
    let body = "steps:\n  - { name: fine, http: { as: anyone, get: /ok }, expect: { status: 200 } }\n";
    run(body, &world).await.assert_passed();
    world.service("server").unwrap().logs().push(Stream::Err, "GET https://api.production.example/x");
    let ran = run(body, &world).await;
    let (step, failure) = &ran.failed()[0];
    assert_eq!(step, "no service logged what must never be logged");
    assert!(failure.message.contains("log of server"), "{failure:?}");
}

#[tokio::test]
async fn a_program_of_the_topology_runs_with_its_arguments() {
    let world = Builder::default().server(server()).await.build();
    world.found_programs([("shell".to_owned(), "/bin/sh".into())].into_iter().collect());
    let ran = run(
        r#"
steps:
  - name: says
    run: { program: shell, args: ["-c", "echo '{\"a\":1}'; echo $X >&2; exit 3"], env: { X: seen } }
    expect: { exit: 3, json: { a: 1 }, stderr: "seen\n" }
"#,
        &world,
    )
    .await;
    ran.assert_passed();
    let unknown = "steps:\n  - { name: no, run: { program: shel } }\n";
    assert!(run(unknown, &world).await.broken().message.contains("did you mean `shell`"));
}

#[tokio::test]
async fn a_snapshot_is_compared_after_redaction() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("replays/snapshots/replay__test__x__reply.snap");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    let stored = json!({ "id": "[uuid 1]", "took": "[ms]", "n": 1 });
    std::fs::write(
        &file,
        format!("---\nsource: x\n---\n{}\n", serde_json::to_string_pretty(&stored).unwrap()),
    )
    .unwrap();
    let body = |n: u32| {
        format!(
            "steps:\n  - name: same\n    snapshot:\n      name: reply\n      of: {{ id: \"${{uuid}}\", took: 7, n: {n} }}\n      redact: {{ $.took: \"[ms]\" }}\n"
        )
    };
    let world = Builder::default().server(server()).await.build();
    let mut same = play(&body(1));
    same.root = folder.path().to_owned();
    run_play(&same, &world).await.assert_passed();
    let mut other = play(&body(2));
    other.root = folder.path().to_owned();
    let ran = run_play(&other, &world).await;
    let mismatch = &ran.failed()[0].1.mismatches[0];
    assert!(mismatch.diff.as_ref().unwrap().contains("+   \"n\": 2"), "{mismatch:?}");
}
