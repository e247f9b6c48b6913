//! The client against small servers: what goes on the wire, what comes back, what is an error.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body as AxumBody, to_bytes};
use axum::extract::{Multipart as AxumForm, Request as AxumRequest};
use axum::routing::{any, post};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use proptest::prelude::*;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::engine::testing::refusing;
use crate::secrets::Secrets;

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// A server that reads one request, remembers it byte for byte, and answers with fixed bytes.
async fn serve_raw(answer: &'static [u8]) -> (SocketAddr, tokio::sync::oneshot::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut seen = Vec::new();
        while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut block = [0; 1024];
            let got = stream.read(&mut block).await.unwrap();
            seen.extend_from_slice(&block[..got]);
        }
        stream.write_all(answer).await.unwrap();
        let _ = sender.send(String::from_utf8(seen).unwrap());
    });
    (address, receiver)
}

fn get(address: SocketAddr, target: &str) -> Request {
    Request {
        method: Method::GET,
        base: format!("http://{address}").parse().unwrap(),
        target: target.to_owned(),
        headers: HeaderMap::new(),
        body: Body::empty(),
        timeout: Duration::from_secs(10),
        read: Read::All,
    }
}

#[tokio::test]
async fn header_lines_and_path_go_out_exactly_as_written() {
    let (address, seen) = serve_raw(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let mut request = get(address, "/a//b/../%2e%00?x=%27&y");
    request.headers.append("host", HeaderValue::from_static("one.localhost"));
    request.headers.append("x-org", HeaderValue::from_static("alpha"));
    request.headers.append("x-org", HeaderValue::from_static("beta"));
    let reply = Client::default().send(&request).await.unwrap();
    assert_eq!(reply.status, StatusCode::NO_CONTENT);
    assert_eq!(
        seen.await.unwrap(),
        "GET /a//b/../%2e%00?x=%27&y HTTP/1.1\r\nhost: one.localhost\r\nx-org: alpha\r\nx-org: beta\r\n\r\n"
    );
}

#[tokio::test]
async fn a_connection_is_used_again_and_a_closed_one_is_not() {
    let app = Router::new().route(
        "/",
        any(|request: AxumRequest| async move {
            request.extensions().get::<axum::extract::ConnectInfo<SocketAddr>>().unwrap().0.port().to_string()
        }),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let client = Client::default();
    let mut request = get(address, "/");
    request.headers.append("host", HeaderValue::from_static("x"));
    let first = client.send(&request).await.unwrap().body;
    assert_eq!(client.send(&request).await.unwrap().body, first);
    request.headers.append("connection", HeaderValue::from_static("close"));
    assert_eq!(client.send(&request).await.unwrap().body, first);
    assert_ne!(client.send(&request).await.unwrap().body, first);
}

#[tokio::test]
async fn a_transport_error_is_never_a_status() {
    let (_held, closed) = refusing();
    let refused = Client::default().send(&get(closed, "/")).await.unwrap_err();
    assert_eq!(refused.kind, TransportKind::Refused);

    let (address, _seen) = serve_raw(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf").await;
    let cut = Client::default().send(&get(address, "/")).await.unwrap_err();
    assert_eq!(cut.kind, TransportKind::Closed);

    let (address, _seen) = serve_raw(b"SSH-2.0-OpenSSH\r\n\r\n").await;
    let other = Client::default().send(&get(address, "/")).await.unwrap_err();
    assert_eq!(other.kind, TransportKind::Protocol);

    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut request = get(silent.local_addr().unwrap(), "/");
    request.timeout = Duration::from_millis(50);
    let late = Client::default().send(&request).await.unwrap_err();
    assert_eq!(late.kind, TransportKind::Timeout);
}

#[tokio::test]
async fn a_generated_file_arrives_whole_with_its_name_type_and_digest() {
    let app = Router::new().route(
        "/upload",
        post(|mut form: AxumForm| async move {
            let mut said = Vec::new();
            while let Some(field) = form.next_field().await.unwrap() {
                let name = field.name().unwrap().to_owned();
                let file = field.file_name().map(str::to_owned);
                let kind = field.content_type().map(str::to_owned);
                let bytes = field.bytes().await.unwrap();
                said.push(format!(
                    "{name} {file:?} {kind:?} {} {}",
                    bytes.len(),
                    hex::encode(Sha256::digest(&bytes))
                ));
            }
            said.join("\n")
        })
        .layer(axum::extract::DefaultBodyLimit::disable()),
    );
    let content = PartContent::Generated(300_000);
    let digest = content.sha256();
    let file = Part {
        name: "files".into(),
        file_name: Some("a\"b.png".into()),
        content_type: Some("image/png".into()),
        content,
    };
    let note = Part {
        name: "note".into(),
        file_name: None,
        content_type: None,
        content: PartContent::Bytes("hi".into()),
    };
    let form = Multipart::new(vec![file, note]);
    let mut request = get(serve(app).await, "/upload");
    request.method = Method::POST;
    request.headers.append("host", HeaderValue::from_static("x"));
    request.headers.append("content-type", form.content_type().parse().unwrap());
    request.body = Body::multipart(form);
    let reply = Client::default().send(&request).await.unwrap();
    let said = String::from_utf8(reply.body.to_vec()).unwrap();
    let note = hex::encode(Sha256::digest("hi"));
    assert_eq!(
        said,
        format!("files Some(\"a%22b.png\") Some(\"image/png\") 300000 {digest}\nnote None None 2 {note}")
    );
}

#[tokio::test]
async fn a_throttled_body_takes_its_time() {
    use hyper::body::Body as _;
    let mut body = Box::pin(Body::bytes(vec![7; 30_000]).throttled(100_000).stream());
    let started = tokio::time::Instant::now();
    let mut sent = 0;
    while let Some(frame) = std::future::poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        sent += frame.unwrap().data_ref().unwrap().len();
    }
    assert_eq!(sent, 30_000);
    assert!(started.elapsed() >= Duration::from_millis(200), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_stream_is_read_as_far_as_asked_and_no_further() {
    let app = Router::new().route(
        "/",
        any(|| async {
            AxumBody::from_stream(async_stream::stream! {
                loop {
                    yield Ok::<_, std::convert::Infallible>("tick\n");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            })
        }),
    );
    let mut request = get(serve(app).await, "/");
    request.headers.append("host", HeaderValue::from_static("x"));
    request.read = Read::Stream { chunks_max: 3, during: Duration::from_secs(10) };
    let reply = Client::default().send(&request).await.unwrap();
    assert_eq!(reply.chunks.len(), 3);
    assert!(!reply.complete);
}

#[tokio::test]
async fn the_whole_body_of_a_large_post_arrives() {
    let app = Router::new().route(
        "/",
        post(|request: AxumRequest| async move {
            to_bytes(request.into_body(), usize::MAX).await.unwrap().len().to_string()
        }),
    );
    let mut request = get(serve(app).await, "/");
    request.method = Method::POST;
    request.headers.append("host", HeaderValue::from_static("x"));
    request.body = Body::bytes(vec![1; 3_000_000]);
    assert_eq!(Client::default().send(&request).await.unwrap().body, "3000000");
}

#[test]
fn a_curl_line_can_be_pasted_whatever_is_in_it() {
    let mut request = get("127.0.0.1:80".parse().unwrap(), "/w/../x?q='");
    request.method = Method::POST;
    request.headers.append("host", HeaderValue::from_static("tenant.localhost"));
    request.body = Body::bytes("it's");
    assert_eq!(
        as_curl(&request, &Secrets::default()),
        r"curl -i -X POST --path-as-is -H 'host: tenant.localhost' --data-binary 'it'\''s' 'http://127.0.0.1/w/../x?q='\'''"
    );
}

#[test]
fn a_curl_line_hides_a_secret_that_holds_a_quote_or_stands_where_the_body_is_cut() {
    let secrets = Secrets::default();
    secrets.add("t", &SecretString::from("it's-a-secret"));
    let mut request = get("127.0.0.1:80".parse().unwrap(), "/");
    request.headers.append("x-token", HeaderValue::from_static("it's-a-secret"));
    request.body = Body::bytes(format!("{}it's-a-secret", "x".repeat(1995)));
    let line = as_curl(&request, &secrets);
    assert!(line.contains("x-token: [secret t]") && line.contains("x[secr…(2008 bytes)"), "{line}");
}

proptest! {
    #[test]
    fn the_announced_length_of_a_form_is_the_length_sent(
        sizes in proptest::collection::vec((0_u64..200_000, "[a-z\"]{0,8}", any_bool()), 0..4)
    ) {
        let parts = sizes.into_iter().map(|(size, name, generated)| Part {
            file_name: generated.then(|| name.clone()),
            content_type: generated.then(|| "a/b".to_owned()),
            content: if generated { PartContent::Generated(size) } else { PartContent::Bytes(name.clone().into()) },
            name,
        }).collect();
        let body = Body::multipart(Multipart::new(parts));
        let announced = body.len().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let sent = runtime.block_on(async {
            use http_body_util::BodyExt as _;
            body.stream().collect().await.unwrap().to_bytes().len() as u64
        });
        prop_assert_eq!(announced, sent);
    }
}

fn any_bool() -> impl Strategy<Value = bool> {
    proptest::bool::ANY
}
