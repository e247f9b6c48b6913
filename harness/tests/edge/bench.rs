//! Either edge in front of a scripted origin.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use harness::edge::{Config, Edge};
use harness::world::{LogBook, Stream};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

use super::nginx::Nginx;

/// The longest anything here may take.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Which edge a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    InProcess,
    Nginx,
}

/// Makes of each case a test for each edge, so that both are judged by the same lines.
macro_rules! on_both {
    ($($case:ident),* $(,)?) => {
        mod in_process {
            use crate::bench::Kind;
            $(#[tokio::test]
            async fn $case() {
                super::$case(Kind::InProcess).await;
            })*
        }
        mod nginx {
            use crate::bench::Kind;
            $(#[tokio::test]
            async fn $case() {
                if crate::nginx::is_here(stringify!($case)) {
                    super::$case(Kind::Nginx).await;
                }
            })*
        }
    };
}
pub(crate) use on_both;

impl Kind {
    /// In front of one tenant, `alpha.localhost`.
    pub(crate) async fn before(self, origin: SocketAddr) -> Bench {
        self.with(origin, &[]).await
    }

    /// With further variables.
    pub(crate) async fn with(self, origin: SocketAddr, variables: &[(&str, &'static str)]) -> Bench {
        self.run(config(&origin.to_string(), variables)).await
    }

    pub(crate) async fn run(self, config: Config) -> Bench {
        let log = LogBook::in_memory();
        let (edge, _runs) = match self {
            Kind::InProcess => {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let edge = listener.local_addr().unwrap();
                let task = tokio::spawn(Edge::serve(listener, config, log.clone())).abort_handle();
                (edge, Runs::Task(Task(task)))
            }
            Kind::Nginx => {
                let told = log.clone();
                let nginx = Nginx::start(&config, move |line| told.push(Stream::Out, line)).await;
                (nginx.address, Runs::Program(Box::new(nginx)))
            }
        };
        Bench { edge, log, _runs }
    }
}

/// The usual rules, with two names for one origin.
pub(crate) fn config(origin: &str, variables: &[(&str, &'static str)]) -> Config {
    let routes = ["alpha.localhost", "alias.localhost"].map(|host| (host.to_owned(), origin.to_owned()));
    let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let websockets = vec!["/ws".to_owned(), "/workspaces/*/terminal".to_owned()];
    Config::new(routes, websockets, find).unwrap()
}

/// A running edge.
pub(crate) struct Bench {
    pub(crate) edge: SocketAddr,
    log: LogBook,
    _runs: Runs,
}

/// What ends with the bench.
#[allow(dead_code, reason = "held for their ends")]
enum Runs {
    Task(Task),
    Program(Box<Nginx>),
}

struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Bench {
    /// Waits for a line in the edge's log.
    pub(crate) async fn logged(&self, wanted: impl Fn(&str) -> bool) -> bool {
        let found = async {
            while !self.log.tail(20).iter().any(|line| wanted(&line.text)) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(SOON, found).await.is_ok()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.edge).await.unwrap()
    }

    /// One `GET` to the tenant.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\n\r\n")).await
    }

    /// Raw bytes there, the whole answer back.
    pub(crate) async fn ask(&self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        Answer::read(&mut stream).await
    }

    /// One control request.
    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> serde_json::Value {
        let length = body.len();
        let head = format!("{method} /__edge/{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        let answer = self.ask(&format!("{head}Content-Length: {length}\r\n\r\n{body}")).await;
        serde_json::from_str(&answer.body).unwrap()
    }
}

/// An answer taken apart.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Reads until the connection ends; a body in chunks is joined.
    pub(crate) async fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        tokio::time::timeout(SOON, stream.read_to_end(&mut bytes)).await.expect("an answer in time").unwrap();
        Self::parse(&String::from_utf8_lossy(&bytes))
    }

    pub(crate) fn parse(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or_default();
        let mut answer = Self { status, head: head.to_owned(), body: body.to_owned() };
        if answer.header("transfer-encoding").as_deref() == Some("chunked") {
            answer.body = dechunk(&answer.body);
        }
        answer
    }

    /// A header's only value.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }
}

/// A header's only value in a raw head.
pub(crate) fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut found = lines.filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let value = found.next().map(|(_, value)| value.trim().to_owned());
    assert!(found.next().is_none(), "{name} is doubled in {head}");
    value
}

fn dechunk(mut rest: &str) -> String {
    let mut body = String::new();
    while let Some((size, after)) = rest.split_once("\r\n") {
        let Ok(size @ 1..) = usize::from_str_radix(size.trim(), 16) else { break };
        body.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    body
}

/// An origin that gives each connection the same bytes once it has read a request head.
pub(crate) struct Origin {
    pub(crate) address: SocketAddr,
    pub(crate) heads: mpsc::UnboundedReceiver<String>,
    pub(crate) connections: Arc<AtomicUsize>,
}

impl Origin {
    /// Answers with these bytes and closes.
    pub(crate) async fn says(answer: &'static str) -> Self {
        Self::does(move |mut stream| async move {
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            // What the peer still sends must be read, or closing would reset the answer.
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await
    }

    /// Does something with each connection after it has read a request head.
    pub(crate) async fn does<F: Future<Output = ()> + Send + 'static>(
        act: impl Fn(TcpStream) -> F + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, heads) = mpsc::unbounded_channel();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (tell, act) = (tell.clone(), act.clone());
                tokio::spawn(async move {
                    if let Some(head) = read_head(&mut stream).await {
                        let _ = tell.send(head);
                        act(stream).await;
                    }
                });
            }
        });
        Self { address, heads, connections }
    }

    /// The head of the next request.
    pub(crate) async fn head(&mut self) -> String {
        tokio::time::timeout(SOON, self.heads.recv()).await.expect("a request in time").unwrap()
    }

    /// Nobody has connected.
    pub(crate) fn is_untouched(&self) -> bool {
        self.connections.load(Ordering::SeqCst) == 0
    }
}

/// Reads up to the blank line, byte by byte so that a body stays in the stream.
pub(crate) async fn read_head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8_lossy(&head).into_owned())
}

/// An answer without a body.
pub(crate) const EMPTY: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
