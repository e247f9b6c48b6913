//! Scripted answers as a caller sees them.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::platform::{WS, World, message};

async fn with(behaviour: Value) -> (World, String) {
    let world = World::with_registry("inb-1").await;
    let url = world.spawn_at(json!({ "heartbeat": false })).await;
    world.set("/behaviour", behaviour).await;
    (world, url)
}

/// Writes a call on a bare socket and reads until the end: the bytes, or the error.
async fn raw(url: &str) -> std::io::Result<String> {
    let address = url.trim_start_matches("http://");
    let body = message("message/send", "hello").to_string();
    let mut socket = TcpStream::connect(address).await?;
    let head = format!("POST / HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", body.len());
    socket.write_all(format!("{head}{body}").as_bytes()).await?;
    let mut read = Vec::new();
    socket.read_to_end(&mut read).await?;
    Ok(String::from_utf8_lossy(&read).into_owned())
}

#[tokio::test]
async fn replies_repeat_the_id_and_come_as_one_part_per_text() {
    let (world, url) = with(json!({
        "reply": ["PO", "NG"], "metadata": { "tool_trace": [1] }, "usage": { "input_tokens": 3 },
    }))
    .await;
    let reply: Value = world.send(&url, "ping").await.unwrap().json().await.unwrap();
    assert_eq!((&reply["id"], &reply["result"]["kind"]), (&json!("call-1"), &json!("message")));
    assert_eq!(
        reply["result"]["parts"],
        json!([{"kind": "text", "text": "PO"}, {"kind": "text", "text": "NG"}])
    );
    assert_eq!(reply["result"]["metadata"]["tool_trace"], json!([1]));
    assert_eq!(reply["result"]["usage"]["input_tokens"], 3);
    world.set("/behaviour", json!({ "echo": true })).await;
    let reply: Value = world.send(&url, "alpha-7").await.unwrap().json().await.unwrap();
    assert_eq!(reply["result"]["parts"][0]["text"], "alpha-7");
    let inbound = world.agent().await["inbound"].clone();
    assert_eq!((&inbound[1]["rpc"], &inbound[1]["behaviour"]), (&json!("message/send"), &json!("echo")));
    assert_eq!(inbound[1]["body"]["params"]["message"]["parts"][0]["text"], "alpha-7");
}

/// Ledger: HARN-122.
#[tokio::test]
async fn a_shape_that_is_not_v0_3_is_an_error_inside_200_and_is_seen_in_the_journal() {
    let (world, url) = with(json!({ "echo": true })).await;
    let mut call = message("message/send", "x");
    call["params"]["message"] = json!({ "messageId": "m", "content": "x" });
    let reply = world.http.post(&url).json(&call).send().await.unwrap();
    assert_eq!(reply.status(), 200);
    let reply: Value = reply.json().await.unwrap();
    assert_eq!((&reply["error"]["code"], &reply["id"]), (&json!(-32602), &json!("call-1")));
    assert!(reply["error"]["message"].as_str().unwrap().contains("params.message.parts"));
    let reply = world.http.post(&url).json(&message("SendMessage", "x")).send().await.unwrap();
    assert_eq!(reply.json::<Value>().await.unwrap()["error"]["code"], -32601);
    assert_eq!(world.agent().await["inbound"][0]["behaviour"], "refused");
}

#[tokio::test]
async fn an_http_status_is_given_with_its_body_for_so_many_calls() {
    let (world, url) = with(json!({ "reply": "later" })).await;
    world.set("/behaviour", json!({ "on": "message/send", "status": 502, "times": 1 })).await;
    let order = json!({
        "on": "message/send", "times": 1,
        "status": { "code": 503, "body": { "error": "e" } }, "headers": { "retry-after": "7" },
    });
    world.set("/behaviour", order).await;
    assert_eq!(world.send(&url, "1").await.unwrap().status(), 502);
    let second = world.send(&url, "2").await.unwrap();
    assert_eq!((second.status().as_u16(), &second.headers()["retry-after"]), (503, &"7".parse().unwrap()));
    assert_eq!(second.json::<Value>().await.unwrap()["error"], "e");
    assert_eq!(world.send(&url, "3").await.unwrap().status(), 200);
}

#[tokio::test]
async fn busy_ends_the_stream_in_order_and_reset_does_not() {
    let (world, url) = with(json!({ "busy": true })).await;
    assert_eq!(raw(&url).await.unwrap(), "", "the caller sees the end of the stream");
    world.set("/behaviour", json!({ "reset": true })).await;
    assert_eq!(raw(&url).await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_truncated_answer_promises_more_than_it_sends() {
    let (_world, url) = with(json!({ "truncate": 10 })).await;
    let read = raw(&url).await.unwrap();
    let (head, body) = read.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.len(), 10, "{read}");
    let promised: usize =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap().parse().unwrap();
    assert!(promised > 10);
}

#[tokio::test]
async fn big_malformed_trickled_and_erring_answers_are_what_they_say() {
    let (world, url) = with(json!({ "big": 200_000 })).await;
    assert!(world.send(&url, "x").await.unwrap().bytes().await.unwrap().len() > 200_000);
    world.set("/behaviour", json!({ "malformed": true })).await;
    assert!(world.send(&url, "x").await.unwrap().json::<Value>().await.is_err());
    world.set("/behaviour", json!({ "jsonrpc_error": { "code": -32000, "message": "no" } })).await;
    let reply: Value = world.send(&url, "x").await.unwrap().json().await.unwrap();
    assert_eq!(reply["error"], json!({ "code": -32000, "message": "no" }));
    world.set("/behaviour", json!({ "trickle": { "chunks": 4, "gap_ms": 1 } })).await;
    let reply: Value = world.send(&url, "drop").await.unwrap().json().await.unwrap();
    assert_eq!(reply["result"]["parts"][0]["text"], "drop");
    world.set("/behaviour", json!({ "result": { "task": { "id": "t" } } })).await;
    let reply: Value = world.send(&url, "x").await.unwrap().json().await.unwrap();
    assert_eq!(reply["result"], json!({ "task": { "id": "t" } }));
}

#[tokio::test]
async fn a_stream_gives_one_event_per_text_and_the_last_is_final() {
    let (world, url) = with(json!({ "stream": { "chunks": ["a", "b"] } })).await;
    let reply = world.http.post(&url).json(&message("message/stream", "x")).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream");
    let text = reply.text().await.unwrap();
    let events: Vec<Value> = text
        .split("\n\n")
        .filter_map(|event| event.strip_prefix("data: "))
        .map(|data| serde_json::from_str(data).unwrap())
        .collect();
    let finals: Vec<&Value> = events.iter().map(|event| &event["result"]["final"]).collect();
    assert_eq!(finals, [&json!(false), &json!(true)]);
    assert!(events.iter().all(|event| event["id"] == "call-1"));
    world.set("/behaviour", json!({ "echo": true })).await;
    let reply = world.http.post(&url).json(&message("message/stream", "x")).send().await.unwrap();
    assert_eq!(reply.headers()["content-type"], "text/event-stream", "an ordinary reply streams too");
}

#[tokio::test]
async fn a_refusing_agent_drops_old_connections_and_comes_back_on_the_same_port() {
    let (world, url) = with(json!({ "reply": "here" })).await;
    assert!(world.send(&url, "x").await.is_ok(), "the client now holds a connection");
    world.set("/behaviour", json!({ "refuse": true })).await;
    assert!(world.send(&url, "x").await.unwrap_err().is_connect());
    world.set("/behaviour", json!({ "reply": "back" })).await;
    assert!(world.send(&url, "x").await.is_ok());
    world.set("/behaviour", json!({ "refuse": true })).await;
    let (status, _) = world.control(Method::DELETE, &format!("/agents/{WS}/behaviour"), Value::Null).await;
    assert_eq!(status, 204);
    assert!(world.send(&url, "x").await.is_ok(), "forgetting every order opens the door");
}

#[tokio::test]
async fn a_black_hole_neither_refuses_nor_accepts() {
    let (world, url) = with(json!({ "blackhole": true })).await;
    let address = url.trim_start_matches("http://").to_owned();
    // Several at once: none of them may slip into the queue.
    for _ in 0..3 {
        let attempt = tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(&address)).await;
        assert!(attempt.is_err(), "a connection was {attempt:?}");
    }
    world.set("/behaviour", json!({ "reply": "back" })).await;
    assert!(world.send(&url, "x").await.is_ok());
}

#[tokio::test]
async fn a_hanging_call_ends_when_the_agent_dies() {
    let (world, url) = with(json!({ "hang": true })).await;
    let hanging = tokio::spawn(async move { raw(&url).await });
    world.until("the call", |agent| agent["inbound"].as_array().is_some_and(|all| all.len() == 1)).await;
    world.control(Method::DELETE, &format!("/agents/{WS}"), Value::Null).await;
    assert_eq!(hanging.await.unwrap().unwrap_or_default(), "");
}

#[tokio::test]
async fn an_order_that_contradicts_itself_is_refused_aloud() {
    let (world, _) = with(json!({ "reply": "x" })).await;
    let order = json!({ "reply": "x", "echo": true });
    let (status, reply) = world.control(Method::PUT, &format!("/agents/{WS}/behaviour"), order).await;
    assert_eq!((status.as_u16(), &reply["error"]), (400, &json!("a behaviour has one manner of answering")));
}
