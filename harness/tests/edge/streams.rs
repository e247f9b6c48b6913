//! Streaming both ways, and WebSockets.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::bench::{Kind, Origin, SOON, header, read_head};
use super::on_both;

on_both! {
    the_first_event_of_a_stream_arrives_while_the_origin_still_holds_the_second,
    the_origin_reads_an_upload_while_the_client_is_still_sending,
    a_websocket_is_relayed_with_its_handshake,
    a_silent_websocket_is_closed_and_a_busy_one_is_not,
    an_upgrade_elsewhere_is_an_ordinary_request,
    a_refused_handshake_is_an_ordinary_answer,
}

/// Ledger: HARN-115.
async fn the_first_event_of_a_stream_arrives_while_the_origin_still_holds_the_second(edge: Kind) {
    let (go, gate) = tokio::sync::watch::channel(false);
    let origin = Origin::does(move |mut stream| {
        let mut gate = gate.clone();
        async move {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: one\n\n";
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = gate.wait_for(|open| *open).await;
            let _ = stream.write_all(b"data: two\n\n").await;
        }
    })
    .await;
    let bench = edge.before(origin.address).await;
    let mut stream = bench.connect().await;
    stream.write_all(b"GET /e HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut seen = String::new();
    while !seen.contains("data: one") {
        let byte = tokio::time::timeout(SOON, stream.read_u8()).await.expect("the first event").unwrap();
        seen.push(char::from(byte));
    }
    go.send_replace(true);
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.contains("data: two"), "{rest}");
}

/// Ledger: HARN-115.
async fn the_origin_reads_an_upload_while_the_client_is_still_sending(edge: Kind) {
    let (tell, mut parts) = mpsc::unbounded_channel();
    let origin = Origin::does(move |mut stream| {
        let tell = tell.clone();
        async move {
            let mut part = [0; 5];
            while stream.read_exact(&mut part).await.is_ok() {
                let _ = tell.send(String::from_utf8_lossy(&part).into_owned());
                if &part == b"part2" {
                    let _ = stream.write_all(super::bench::EMPTY.as_bytes()).await;
                }
            }
        }
    })
    .await;
    let bench = edge.before(origin.address).await;
    let mut stream = bench.connect().await;
    let head =
        "POST /u HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nContent-Length: 10\r\n\r\npart1";
    stream.write_all(head.as_bytes()).await.unwrap();
    let first = tokio::time::timeout(SOON, parts.recv()).await.expect("the first part");
    assert_eq!(first.as_deref(), Some("part1"));
    stream.write_all(b"part2").await.unwrap();
    assert_eq!(super::bench::Answer::read(&mut stream).await.status, 200);
}

const HANDSHAKE: &str = "HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: keep-alive, Upgrade\r\n\
     Upgrade: websocket\r\nOrigin: http://alpha.localhost\r\nSec-WebSocket-Key: abc\r\n\r\n";

/// Accepts a handshake, then repeats what it reads.
async fn repeating() -> Origin {
    Origin::does(|mut stream| async move {
        let accept = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Accept: xyz\r\n\r\nhello";
        let _ = stream.write_all(accept.as_bytes()).await;
        let (mut from, mut to) = stream.split();
        let _ = tokio::io::copy(&mut from, &mut to).await;
    })
    .await
}

/// Ledger: HARN-115.
async fn a_websocket_is_relayed_with_its_handshake(edge: Kind) {
    let mut origin = repeating().await;
    let bench = edge.before(origin.address).await;
    for path in ["/ws", "/workspaces/w1/terminal"] {
        let mut stream = bench.connect().await;
        stream.write_all(format!("GET {path} {HANDSHAKE}").as_bytes()).await.unwrap();
        let head = read_head(&mut stream).await.unwrap();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        assert_eq!(header(&head, "sec-websocket-accept").as_deref(), Some("xyz"));
        assert_eq!(header(&head, "upgrade").as_deref(), Some("websocket"));
        assert!(header(&head, "cf-ray").is_some());
        let mut greeting = [0; 5];
        stream.read_exact(&mut greeting).await.unwrap();
        stream.write_all(b"ping!").await.unwrap();
        let mut echo = [0; 5];
        tokio::time::timeout(SOON, stream.read_exact(&mut echo)).await.expect("an echo").unwrap();
        assert_eq!((&greeting, &echo), (b"hello", b"ping!"));
        let seen = origin.head().await;
        assert_eq!(header(&seen, "origin").as_deref(), Some("http://alpha.localhost"));
        assert_eq!(header(&seen, "upgrade").as_deref(), Some("websocket"));
        assert_eq!(header(&seen, "x-forwarded-proto").as_deref(), Some("https"));
    }
}

async fn a_silent_websocket_is_closed_and_a_busy_one_is_not(edge: Kind) {
    let origin = repeating().await;
    let bench = edge.with(origin.address, &[("EDGE_WS_IDLE_MS", "1200")]).await;
    let mut stream = bench.connect().await;
    stream.write_all(format!("GET /ws {HANDSHAKE}").as_bytes()).await.unwrap();
    read_head(&mut stream).await.unwrap();
    let mut byte = [0; 1];
    stream.read_exact(&mut [0; 5]).await.unwrap();
    let mut ticks = tokio::time::interval(Duration::from_millis(300));
    for _ in 0..7 {
        ticks.tick().await;
        stream.write_all(b"x").await.unwrap();
        stream.read_exact(&mut byte).await.unwrap();
    }
    let end = tokio::time::timeout(SOON, stream.read(&mut byte)).await.expect("an end");
    assert!(matches!(end, Ok(0) | Err(_)), "{end:?}");
}

async fn an_upgrade_elsewhere_is_an_ordinary_request(edge: Kind) {
    let mut origin = Origin::says(super::bench::EMPTY).await;
    let bench = edge.before(origin.address).await;
    let answer = bench
        .ask(&format!("GET /elsewhere {HANDSHAKE}").replace("keep-alive, Upgrade", "close, Upgrade"))
        .await;
    assert_eq!(answer.status, 200);
    let seen = origin.head().await;
    assert_eq!((header(&seen, "upgrade"), header(&seen, "sec-websocket-key")), (None, Some("abc".into())));
}

async fn a_refused_handshake_is_an_ordinary_answer(edge: Kind) {
    let origin = Origin::says("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno").await;
    let bench = edge.before(origin.address).await;
    let answer =
        bench.ask(&format!("GET /ws {HANDSHAKE}").replace("keep-alive, Upgrade", "close, Upgrade")).await;
    assert_eq!((answer.status, answer.body.as_str()), (401, "no"));
}
