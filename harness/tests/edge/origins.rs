//! Origins that fail, and what a client is told.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::bench::{EMPTY, Kind, Origin};
use super::on_both;

on_both! {
    a_refused_connection_is_521,
    a_connection_that_is_never_taken_is_522,
    a_name_that_leads_nowhere_is_523,
    a_silent_origin_is_524,
    an_empty_answer_is_520,
    the_origins_502_and_504_lose_body_and_headers_and_503_keeps_them,
    an_upload_that_moves_is_no_silent_origin,
    connections_to_the_origin_are_kept_and_a_stale_one_is_replaced,
    a_read_that_meets_a_hang_up_is_asked_again_and_a_change_is_not,
}

fn page(code: u16) -> (u16, String) {
    (code, format!("error code: {code}"))
}

/// Ledger: HARN-021.
async fn a_refused_connection_is_521(edge: Kind) {
    // Bound, so that nobody else comes to listen there.
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let answer = edge.before(closed.local_addr().unwrap()).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(521));
}

/// Ledger: HARN-021.
async fn a_connection_that_is_never_taken_is_522(edge: Kind) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let full = socket.listen(1).unwrap();
    let address = full.local_addr().unwrap();
    let mut waiting = Vec::new();
    // Fill the queue of connections nobody takes.
    while let Ok(Ok(stream)) =
        tokio::time::timeout(std::time::Duration::from_millis(200), TcpStream::connect(address)).await
    {
        waiting.push(stream);
    }
    let answer = edge.with(address, &[("EDGE_CONNECT_TIMEOUT_MS", "150")]).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(522));
}

/// Ledger: HARN-021.
async fn a_name_that_leads_nowhere_is_523(edge: Kind) {
    let config = super::bench::config("no-such-name.invalid:80", &[]);
    let answer = edge.run(config).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(523));
}

/// Ledger: HARN-021.
async fn a_silent_origin_is_524(edge: Kind) {
    let origin = Origin::does(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let answer = edge.with(origin.address, &[("EDGE_READ_TIMEOUT_MS", "150")]).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(524));
}

/// Ledger: HARN-021.
async fn an_empty_answer_is_520(edge: Kind) {
    let origin = Origin::says("").await;
    let answer = edge.before(origin.address).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(520));
}

/// Ledger: HARN-021.
async fn the_origins_502_and_504_lose_body_and_headers_and_503_keeps_them(edge: Kind) {
    for (code, masked) in [(502, true), (504, true), (503, false), (500, false)] {
        let origin = Origin::does(move |mut stream| async move {
            let answer = format!("HTTP/1.1 {code} X\r\nRetry-After: 7\r\nX-Reason: dead\r\nContent-Length: 9\r\n\r\n{{\"e\":\"x\"}}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        })
        .await;
        let answer = edge.before(origin.address).await.get("/").await;
        assert_eq!(answer.status, code);
        if masked {
            assert_eq!(answer.body, format!("error code: {code}"));
            assert_eq!((answer.header("retry-after"), answer.header("x-reason")), (None, None));
        } else {
            assert_eq!(answer.body, "{\"e\":\"x\"}");
            assert_eq!(answer.header("retry-after").as_deref(), Some("7"));
        }
    }
}

async fn an_upload_that_moves_is_no_silent_origin(edge: Kind) {
    let origin = Origin::does(|mut stream| async move {
        let mut body = vec![0; 18];
        if stream.read_exact(&mut body).await.is_ok() {
            let _ = stream.write_all(EMPTY.as_bytes()).await;
        }
    })
    .await;
    let bench = edge.with(origin.address, &[("EDGE_READ_TIMEOUT_MS", "1500")]).await;
    let mut stream = bench.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nContent-Length: 18\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
    for _ in 0..18 {
        ticks.tick().await;
        stream.write_all(b"x").await.unwrap();
    }
    assert_eq!(super::bench::Answer::read(&mut stream).await.status, 200);
}

async fn connections_to_the_origin_are_kept_and_a_stale_one_is_replaced(edge: Kind) {
    let mut origin = Origin::does(|mut stream| async move {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes()).await;
        // A second request on the same connection, then the origin hangs up without a word.
        if super::bench::read_head(&mut stream).await.is_some() {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let bench = edge.before(origin.address).await;
    for _ in 0..6 {
        assert_eq!(bench.get("/").await.status, 200);
    }
    origin.head().await;
    let connections = origin.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!((3..6).contains(&connections), "{connections} connections for 6 requests");
}

async fn a_read_that_meets_a_hang_up_is_asked_again_and_a_change_is_not(edge: Kind) {
    // Answers once on a connection, takes a second request there, and hangs up without a word.
    let origin = Origin::does(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        super::bench::read_head(&mut stream).await;
    })
    .await;
    let bench = edge.before(origin.address).await;
    assert_eq!(bench.get("/").await.status, 200);
    assert_eq!(bench.get("/").await.status, 200, "asked again over a fresh connection");
    let change = bench
        .ask("POST / HTTP/1.1\r\nHost: alpha.localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    assert_eq!(change.await.status, 520, "nobody knows whether it was done");
}
