//! Chat files on the agent's side.

use http::StatusCode;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::platform::World;

async fn spawned() -> (World, String) {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({ "heartbeat": false })).await;
    (world, url)
}

async fn upload(world: &World, url: &str, bearer: Option<&str>, form: Form) -> (StatusCode, Value) {
    let mut call = world.http.post(format!("{url}/internal/chat/uploads/ingest")).multipart(form);
    if let Some(bearer) = bearer {
        call = call.bearer_auth(bearer);
    }
    let reply = call.send().await.unwrap();
    (reply.status(), reply.json().await.unwrap_or_default())
}

async fn read(world: &World, url: &str, bearer: Option<&str>, path: &str) -> reqwest::Response {
    let mut call = world.http.get(format!("{url}/internal/file/read")).query(&[("path", path)]);
    if let Some(bearer) = bearer {
        call = call.bearer_auth(bearer);
    }
    call.send().await.unwrap()
}

fn one(name: &str, bytes: Vec<u8>) -> Form {
    Form::new().part("files", Part::bytes(bytes).file_name(name.to_owned()))
}

/// Ledger: A2A-82.
#[tokio::test]
async fn chat_files_are_closed_without_the_matching_secret() {
    let (world, url) = spawned().await;
    world.set("/files", json!({ "path": "/workspace/a.txt", "content": "x" })).await;
    let check = async |bearer: Option<&str>, why: &str| {
        let (status, _) = upload(&world, &url, bearer, one("a", vec![1])).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "upload: {why}");
        let status = read(&world, &url, bearer, "/workspace/a.txt").await.status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "read: {why}");
    };
    check(None, "no header").await;
    check(Some("wrong"), "wrong bearer").await;
    check(Some("tok-1"), "the workspace token is another thing").await;
    for change in ["empty", "delete"] {
        world.set("/uploads", json!({ "secret": change })).await;
        check(Some("inb-1"), change).await;
        check(Some(""), change).await;
    }
    assert_eq!(world.agent().await["files"], json!([]));
    world.set("/uploads", json!({ "secret": { "replace": "inb-2" } })).await;
    let (status, _) = upload(&world, &url, Some("inb-2"), one("a", vec![1])).await;
    assert_eq!(status, StatusCode::OK);
}

/// Ledger: A2A-84.
#[tokio::test]
async fn an_upload_is_stored_under_a_safe_name_and_can_be_read_back() {
    let (world, url) = spawned().await;
    let form = Form::new()
        .part("files", Part::bytes(b"first".as_slice()).file_name("../my file.pdf"))
        .part("note", Part::text("ignored"))
        .part("files", Part::bytes(b"second".as_slice()).file_name("x").mime_str("image/png").unwrap());
    let (status, reply) = upload(&world, &url, Some("inb-1"), form).await;
    assert_eq!(status, StatusCode::OK);
    let (first, second) = (&reply["files"][0], &reply["files"][1]);
    assert_eq!((&first["name"], &first["size"]), (&json!("my_file.pdf"), &json!(5)));
    assert_eq!(first["mimeType"], "application/pdf");
    assert_eq!((&second["mimeType"], &second["size"]), (&json!("image/png"), &json!(6)));
    let keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["uri", "name", "mimeType", "size"]);
    let path = first["uri"].as_str().unwrap().strip_prefix("workspace:").unwrap();
    let stored = path.strip_prefix("/workspace/.molecule/chat-uploads/").unwrap();
    let (prefix, name) = stored.split_at(32);
    assert!(prefix.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')) && name == "-my_file.pdf", "{stored}");
    let reply = read(&world, &url, Some("inb-1"), path).await;
    assert_eq!(reply.headers()["content-type"], "application/pdf");
    assert_eq!(reply.headers()["content-length"], "5");
    assert!(reply.headers()["content-disposition"].to_str().unwrap().starts_with("attachment; filename=\""));
    assert_eq!(reply.bytes().await.unwrap().as_ref(), b"first");
}

/// Ledger: A2A-84.
#[tokio::test]
async fn what_exceeds_a_cap_is_refused_by_name_and_leaves_nothing_behind() {
    let (world, url) = spawned().await;
    let cap = usize::try_from(super::super::serve::ingest::UPLOAD_BYTES_MAX).unwrap();
    let form =
        one("small.txt", vec![0; 10]).part("files", Part::bytes(vec![0; cap + 1]).file_name("big.bin"));
    let (status, reply) = upload(&world, &url, Some("inb-1"), form).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply["error"], "big.bin exceeds per-file limit (100 MB)");
    let form = one("a.bin", vec![0; cap / 2 + 1])
        .part("files", Part::bytes(vec![0; cap / 2 + 1]).file_name("b.bin"));
    let (status, _) = upload(&world, &url, Some("inb-1"), form).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(world.agent().await["files"], json!([]));
    let host = world.host.first_disk("/workspace/.molecule/chat-uploads");
    assert_eq!(std::fs::read_dir(host).unwrap().count(), 0, "files of a refused upload are left");
}

#[tokio::test]
async fn a_form_without_files_and_a_body_without_a_form_are_told_apart() {
    let (world, url) = spawned().await;
    let (status, reply) = upload(&world, &url, Some("inb-1"), Form::new().text("other", "x")).await;
    assert_eq!((status.as_u16(), &reply["error"]), (400, &json!("expected at least one 'files' field")));
    let call = world.http.post(format!("{url}/internal/chat/uploads/ingest")).bearer_auth("inb-1").body("x");
    let reply: Value = call.send().await.unwrap().json().await.unwrap();
    assert_eq!(reply["error"], "failed to parse multipart form");
}

/// Ledger: A2A-83.
#[tokio::test]
async fn only_regular_files_below_the_roots_are_read() {
    let (world, url) = spawned().await;
    world.set("/files", json!({ "path": "/workspace/link", "symlink_to": "/etc/passwd" })).await;
    world.set("/files", json!({ "path": "/workspace/dir", "symlink_to": "/etc" })).await;
    for (path, status) in [
        ("", 400),
        ("relative", 400),
        ("/etc/passwd", 400),
        ("/workspace/../etc/passwd", 400),
        ("/workspace/link", 400),
        ("/workspace/dir/passwd", 400),
        ("/workspace", 400),
        ("/workspace/none", 404),
        ("/configs/.auth_token", 404),
        ("/configs/.platform_inbound_secret", 404),
    ] {
        let reply = read(&world, &url, Some("inb-1"), path).await;
        assert_eq!(reply.status().as_u16(), status, "{path}");
        assert!(!reply.text().await.unwrap().contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn forced_answers_and_the_transcript_need_their_own_credentials() {
    let (world, url) = spawned().await;
    world.set("/uploads", json!({ "force": { "status": 413, "body": { "error": "too much" } } })).await;
    let (status, reply) = upload(&world, &url, Some("inb-1"), one("a", vec![1])).await;
    assert_eq!((status.as_u16(), &reply["error"]), (413, &json!("too much")));
    world.set("/uploads", json!({ "force": 401 })).await;
    assert_eq!(read(&world, &url, Some("inb-1"), "/workspace/a").await.status(), 401);
    world.set("/uploads", json!({ "force": null })).await;
    assert_eq!(read(&world, &url, Some("inb-1"), "/workspace/a").await.status(), 404);
    let transcript = async |bearer: &str| {
        let call = world.http.get(format!("{url}/transcript")).bearer_auth(bearer);
        call.send().await.unwrap().status().as_u16()
    };
    assert_eq!((transcript("inb-1").await, transcript("tok-1").await), (401, 200));
}
