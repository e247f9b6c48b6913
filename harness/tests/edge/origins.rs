//! Origins that fail, and what a client is told.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::bench::{Bench, EMPTY, Origin};

fn page(code: u16) -> (u16, String) {
    (code, format!("error code: {code}"))
}

/// Ledger: HARN-021.
#[tokio::test]
async fn a_refused_connection_is_521() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let answer = Bench::before(closed).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(521));
}

/// Ledger: HARN-021.
#[tokio::test]
async fn a_connection_that_is_never_taken_is_522() {
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
    let answer = Bench::with(address, &[("EDGE_CONNECT_TIMEOUT_MS", "150")]).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(522));
}

/// Ledger: HARN-021.
#[tokio::test]
async fn a_name_that_leads_nowhere_is_523() {
    let routes = [("alpha.localhost".to_owned(), "no-such-name.invalid:80".to_owned())];
    let config = harness::edge::Config::new(routes, Vec::new(), |_| None).unwrap();
    let answer = Bench::run(config).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(523));
}

/// Ledger: HARN-021.
#[tokio::test]
async fn a_silent_origin_is_524() {
    let origin = Origin::does(|mut stream| async move {
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let answer = Bench::with(origin.address, &[("EDGE_READ_TIMEOUT_MS", "150")]).await.get("/").await;
    assert_eq!((answer.status, answer.body), page(524));
}

/// Ledger: HARN-021.
#[tokio::test]
async fn an_answer_that_is_empty_or_makes_no_sense_is_520() {
    for nonsense in
        ["", "what?\r\n\r\n", "HTTP/1.1 99999 X\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n"]
    {
        let origin = Origin::says(nonsense).await;
        let answer = Bench::before(origin.address).await.get("/").await;
        assert_eq!((answer.status, answer.body), page(520), "{nonsense:?}");
    }
}

/// Ledger: HARN-021.
#[tokio::test]
async fn the_origins_502_and_504_lose_body_and_headers_and_503_keeps_them() {
    for (code, masked) in [(502, true), (504, true), (503, false), (500, false)] {
        let origin = Origin::does(move |mut stream| async move {
            let answer = format!("HTTP/1.1 {code} X\r\nRetry-After: 7\r\nX-Reason: dead\r\nContent-Length: 9\r\n\r\n{{\"e\":\"x\"}}");
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
        })
        .await;
        let answer = Bench::before(origin.address).await.get("/").await;
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

#[tokio::test]
async fn an_upload_that_moves_is_no_silent_origin() {
    let origin = Origin::does(|mut stream| async move {
        let mut body = vec![0; 10];
        if stream.read_exact(&mut body).await.is_ok() {
            let _ = stream.write_all(EMPTY.as_bytes()).await;
        }
    })
    .await;
    let bench = Bench::with(origin.address, &[("EDGE_READ_TIMEOUT_MS", "400")]).await;
    let mut stream = bench.connect().await;
    let head = "POST / HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nContent-Length: 10\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
    for _ in 0..10 {
        ticks.tick().await;
        stream.write_all(b"x").await.unwrap();
    }
    assert_eq!(super::bench::Answer::read(&mut stream).await.status, 200);
}

#[tokio::test]
async fn connections_to_the_origin_are_kept_and_a_stale_one_is_replaced() {
    let mut origin = Origin::does(|mut stream| async move {
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        let _ = stream.write_all(answer.as_bytes()).await;
        // A second request on the same connection, then the origin hangs up without a word.
        if super::bench::read_head(&mut stream).await.is_some() {
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let bench = Bench::before(origin.address).await;
    for _ in 0..6 {
        assert_eq!(bench.get("/").await.status, 200);
    }
    origin.head().await;
    let connections = origin.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert!((3..6).contains(&connections), "{connections} connections for 6 requests");
}
