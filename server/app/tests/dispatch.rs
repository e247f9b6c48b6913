//! One exchange with an agent that misbehaves in every known way, over real sockets.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use server_app::{
    a2a::{
        dispatch::{Answer, Busy, Clocks, Cut, Dispatcher, Failure, Unreachable},
        normalise,
    },
    clients::install_tls,
    config::{Config, Environment},
    url_policy::{Profile, UrlPolicy},
};
use server_types::limits::A2A_REPLY_BYTES_MAX;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
};

const LONG: Duration = Duration::from_secs(60);

fn policy() -> UrlPolicy {
    let environment = Environment::from([("AGENT_ALLOWED_CIDRS", "127.0.0.0/8")]);
    UrlPolicy::new(&Config::read(&environment).expect("valid").0)
}

/// Reads one request whole and returns its text.
async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let n = stream.read(&mut buffer).await.expect("readable");
        read.extend_from_slice(&buffer[..n]);
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return text.into_owned();
        }
    }
}

/// Starts an agent that handles one connection with `script`, and exchanges one message with it.
async fn with_agent<F>(
    headers_within: Duration,
    clocks: Clocks,
    script: impl FnOnce(TcpStream) -> F,
) -> Result<Answer, Failure>
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let exchange = tokio::spawn(async move { exchange(&url, headers_within, clocks).await });
    let (stream, _) = listener.accept().await.expect("a connection");
    let agent = tokio::spawn(script(stream));
    let outcome = exchange.await.expect("no panic");
    agent.abort();
    outcome
}

async fn exchange(url: &str, headers_within: Duration, clocks: Clocks) -> Result<Answer, Failure> {
    exchange_by(&dispatcher(headers_within), url, clocks).await
}

fn dispatcher(headers_within: Duration) -> Dispatcher {
    install_tls();
    Dispatcher::new(&policy(), headers_within)
}

async fn exchange_by(dispatcher: &Dispatcher, url: &str, clocks: Clocks) -> Result<Answer, Failure> {
    let url = policy().check(Profile::Forward, url).await.expect("an allowed address");
    let message = normalise(Bytes::from_static(br#"{"jsonrpc":"2.0","id":1,"method":"tasks/get"}"#));
    dispatcher.exchange(&url, &message.expect("canonical"), HeaderMap::new(), clocks).await
}

async fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("writable");
}

/// Says the head and half of a body so long that its end can be written only while somebody reads: whoever comes
/// back from here knows that the head was read.
async fn half(stream: &mut TcpStream) {
    say(stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", A2A_REPLY_BYTES_MAX / 2 * 2)).await;
    stream.write_all(&vec![b'x'; A2A_REPLY_BYTES_MAX / 2]).await.expect("writable");
}

/// Turns the clock of the test: what was to happen until then is due now, however slow the machine is.
async fn turn_clock(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[tokio::test]
async fn the_agent_gets_the_bytes_as_json_and_its_answer_comes_back_whole() {
    let (send, sent) = tokio::sync::oneshot::channel();
    let answer = with_agent(LONG, Clocks::none(), |mut stream| async move {
        send.send(request(&mut stream).await).expect("awaited");
        say(&mut stream, "HTTP/1.1 201 Created\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nhi").await;
    })
    .await
    .expect("an answer");
    assert_eq!((answer.status, answer.body), (StatusCode::CREATED, Ok(Bytes::from_static(b"hi"))));
    assert_eq!(answer.content_type.expect("kept"), "text/x");
    let request = sent.await.expect("sent").to_lowercase();
    assert!(request.starts_with("post / http/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/json\r\n"), "{request}");
    assert!(request.contains("content-length: 45\r\n"), "{request}");
    assert!(request.ends_with(r#"{"jsonrpc":"2.0","id":1,"method":"tasks/get"}"#), "{request}");
}

const DONE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

#[tokio::test]
async fn messages_that_follow_each_other_take_the_connection_that_stands() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let dispatcher = dispatcher(LONG);
    let agent = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        for _ in 0..2 {
            request(&mut stream).await;
            say(&mut stream, DONE).await;
        }
    };
    let sender = async {
        for _ in 0..2 {
            let answer = exchange_by(&dispatcher, &url, Clocks::none()).await.expect("an answer");
            assert_eq!(answer.body, Ok(Bytes::from_static(b"{}")));
        }
    };
    tokio::join!(agent, sender);
}

#[tokio::test]
async fn an_agent_that_hung_up_after_its_answer_gets_the_next_message_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let dispatcher = dispatcher(LONG);
    let (hang_up, hung_up) = tokio::sync::oneshot::channel();
    let (got_answer, answered) = tokio::sync::oneshot::channel();
    let agent = async {
        let (mut first, _) = listener.accept().await.expect("a connection");
        request(&mut first).await;
        say(&mut first, DONE).await;
        drop(first);
        hang_up.send(()).expect("awaited");
        let (mut second, _) = listener.accept().await.expect("another connection");
        request(&mut second).await;
        say(&mut second, DONE).await;
        // Nothing of it is on its way a second time.
        answered.await.expect("told");
        assert!(second.try_read(&mut [0]).is_err(), "one message");
        assert!(futures_util::FutureExt::now_or_never(listener.accept()).is_none(), "two connections");
    };
    let sender = async {
        exchange_by(&dispatcher, &url, Clocks::none()).await.expect("an answer");
        hung_up.await.expect("told");
        let answer = exchange_by(&dispatcher, &url, Clocks::none()).await.expect("an answer");
        assert_eq!(answer.body, Ok(Bytes::from_static(b"{}")));
        got_answer.send(()).expect("awaited");
    };
    tokio::join!(agent, sender);
}

#[tokio::test]
async fn an_agent_that_hangs_up_or_resets_is_busy() {
    let closed = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
    });
    assert_eq!(closed.await.expect_err("no answer"), Failure::Busy(Busy::Closed));
    let reset = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
        stream.set_zero_linger().expect("settable");
    });
    assert_eq!(reset.await.expect_err("no answer"), Failure::Busy(Busy::Reset));
}

/// Ledger: A2A-94.
#[tokio::test]
async fn a_refused_connection_and_an_answer_that_is_not_http_are_unreachable() {
    // Bound, so that nobody else comes to listen there.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind("127.0.0.1:0".parse().expect("well formed")).expect("a free port");
    let url = format!("http://{}/", socket.local_addr().expect("bound"));
    let refused = exchange(&url, LONG, Clocks::none()).await.expect_err("nobody listens");
    assert_eq!(refused, Failure::Unreachable(Unreachable::NoConnection));
    let garbled = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
        say(&mut stream, "220 mail.example ESMTP\r\n\r\n").await;
        stream.shutdown().await.expect("closable");
    });
    assert_eq!(garbled.await.expect_err("not HTTP"), Failure::Unreachable(Unreachable::Malformed));
}

/// Ledger: A2A-51.
#[tokio::test]
async fn headers_that_do_not_come_in_time_mean_busy() {
    let silent = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
        turn_clock(LONG).await;
        std::future::pending::<()>().await;
    });
    assert_eq!(silent.await.expect_err("no answer"), Failure::Busy(Busy::NoHeaders));
}

/// Ledger: A2A-50.
#[tokio::test]
async fn a_body_may_take_longer_than_the_headers() {
    let answer = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
        half(&mut stream).await;
        turn_clock(2 * LONG).await;
        stream.write_all(&vec![b'x'; A2A_REPLY_BYTES_MAX / 2]).await.expect("writable");
    });
    let body = answer.await.expect("an answer").body;
    assert_eq!(body.map(|body| body.len()), Ok(A2A_REPLY_BYTES_MAX / 2 * 2));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let answer = with_agent(LONG, Clocks::none(), |mut stream| async move {
        request(&mut stream).await;
        say(
            &mut stream,
            "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
        )
        .await;
    });
    assert_eq!(answer.await.expect("an answer").status, StatusCode::FOUND);
}

/// Ledger: A2A-112.
#[tokio::test]
async fn a_body_that_is_cut_keeps_the_status_that_came_before_it() {
    for (status, expected) in [("200 OK", StatusCode::OK), ("500 X", StatusCode::INTERNAL_SERVER_ERROR)] {
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 10\r\n\r\nhalf");
        let answer = with_agent(LONG, Clocks::none(), |mut stream| async move {
            request(&mut stream).await;
            say(&mut stream, &head).await;
        });
        let answer = answer.await.expect("headers came");
        assert_eq!((answer.status, answer.body), (expected, Err(Cut::Broken)));
    }
}

#[tokio::test]
async fn a_reply_over_the_cap_is_refused_and_one_of_exactly_the_cap_passes() {
    for (size, fits) in [(A2A_REPLY_BYTES_MAX, true), (A2A_REPLY_BYTES_MAX + 1, false)] {
        let answer = with_agent(LONG, Clocks::none(), move |mut stream| async move {
            request(&mut stream).await;
            say(&mut stream, &format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")).await;
            // The reader may hang up before the end: that is the point.
            let _ = stream.write_all(&vec![b'x'; size]).await;
        });
        let body = answer.await.expect("headers came").body;
        assert_eq!(body.map(|body| body.len()), if fits { Ok(size) } else { Err(Cut::TooLarge) });
    }
}

/// Ledger: A2A-60.
#[tokio::test]
async fn a_clock_that_runs_out_before_the_headers_means_busy_and_after_them_a_lost_body() {
    let soon = LONG / 2;
    let never = || {
        let before = tokio::time::Instant::now();
        Box::new(move || before)
    };
    let idle = || Clocks::new(soon, never(), None);
    let ceiling = || Clocks::new(LONG, never(), Some(soon));
    for (clocks, clock) in [(idle(), Busy::Idle), (ceiling(), Busy::Ceiling)] {
        let silent = with_agent(LONG, clocks, move |mut stream| async move {
            request(&mut stream).await;
            turn_clock(soon).await;
            std::future::pending::<()>().await;
        });
        assert_eq!(silent.await.expect_err("no answer"), Failure::Busy(clock));
    }
    let lost = with_agent(LONG, idle(), move |mut stream| async move {
        request(&mut stream).await;
        half(&mut stream).await;
        turn_clock(soon).await;
        std::future::pending::<()>().await;
    });
    assert_eq!(lost.await.expect("headers came").body, Err(Cut::Abandoned(Busy::Idle)));
}
