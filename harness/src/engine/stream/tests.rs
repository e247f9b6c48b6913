//! Streams against small servers.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::sse::{Event, Sse};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, Method};
use serde_json::json;
use tokio::net::TcpListener;

use super::sse::EventStream;
use super::ws::{Handshake, Socket};
use super::*;
use crate::engine::http::{Body, Client, Read, Request};
use crate::engine::testing::refusing;

const WITHIN: Duration = Duration::from_secs(10);

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn until(feed: &Feed, done: impl Fn(&Feed) -> bool) {
    let mut changes = feed.changes();
    let wait = async {
        while !done(feed) {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(WITHIN, wait).await.unwrap();
}

#[tokio::test]
async fn frames_are_kept_in_order_with_what_was_sent() {
    let app = Router::new().route(
        "/ws",
        get(|headers: HeaderMap, upgrade: WebSocketUpgrade| async move {
            let host = headers["host"].to_str().unwrap().to_owned();
            upgrade.on_upgrade(move |mut socket| async move {
                socket.send(Message::text(json!({ "host": host }).to_string())).await.unwrap();
                while let Some(Ok(Message::Text(text))) = socket.recv().await {
                    socket.send(Message::text(format!("echo {text}"))).await.unwrap();
                }
            })
        }),
    );
    let base = format!("http://{}", serve(app).await).parse().unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("tenant.localhost"));
    let Handshake::Open(socket) = Socket::open(&base, "/ws", &headers, WITHIN).await.unwrap() else {
        panic!()
    };
    until(&socket.feed, |feed| feed.len() == 1).await;
    assert!(socket.send_text("hi".into()).await);
    until(&socket.feed, |feed| feed.len() == 3).await;
    let seen: Vec<_> = socket.feed.since(0).iter().map(|frame| (frame.sent, frame.shown().data)).collect();
    assert_eq!(
        seen,
        [(false, json!({ "host": "tenant.localhost" })), (true, json!("hi")), (false, json!("echo hi"))]
    );
    socket.close(1000).await;
    until(&socket.feed, |feed| feed.ended().is_some()).await;
}

#[tokio::test]
async fn a_refused_handshake_is_a_response_and_a_closed_port_is_not() {
    let base = format!("http://{}", serve(Router::new()).await).parse().unwrap();
    let refused = Socket::open(&base, "/ws", &HeaderMap::new(), WITHIN).await.unwrap();
    let Handshake::Refused { status, body, .. } = refused else { panic!() };
    assert_eq!((status.as_u16(), body.len()), (404, 0));
    let (_held, closed) = refusing();
    let base = format!("http://{closed}").parse().unwrap();
    assert!(Socket::open(&base, "/ws", &HeaderMap::new(), WITHIN).await.is_err());
}

#[tokio::test]
async fn events_of_a_stream_arrive_while_it_is_open() {
    let app = Router::new().route(
        "/events",
        get(|| async {
            Sse::new(async_stream::stream! {
                yield Ok::<_, std::convert::Infallible>(Event::default().event("a").data("{\"n\":1}"));
                yield Ok(Event::default().id("7").data("plain"));
                std::future::pending::<()>().await;
            })
        }),
    );
    let request = Request {
        method: Method::GET,
        base: format!("http://{}", serve(app).await).parse().unwrap(),
        target: "/events".into(),
        headers: HeaderMap::from_iter([(http::header::HOST, HeaderValue::from_static("x"))]),
        body: Body::empty(),
        timeout: WITHIN,
        read: Read::All,
    };
    let stream = EventStream::open(&Client::default(), &request).await.unwrap();
    assert_eq!(stream.status.as_u16(), 200);
    until(&stream.feed, |feed| feed.len() == 2).await;
    let seen: Vec<_> = stream.feed.since(0).iter().map(|frame| frame.observed().tree()).collect();
    assert_eq!(
        seen,
        [
            json!({ "event": "a", "json": { "n": 1 }, "text": "{\"n\":1}" }),
            json!({ "event": "message", "id": "7", "text": "plain" })
        ]
    );
    assert_eq!(stream.feed.ended(), None);
}
