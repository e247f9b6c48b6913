//! Each difference between the two edges, as it is listed: both sides are shown, so that a row goes when its
//! difference does.

use std::collections::BTreeSet;
use std::time::Duration;

use harness::edge::nginx::differences::{DIFFERENCES, table};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bench::{Answer, EMPTY, Kind, Origin, SOON, config, header};

/// One test per row.
macro_rules! shown {
    ($($name:ident),* $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            if super::nginx::is_here(concat!("difference ", stringify!($name))) {
                show::$name().await;
            }
        })*

        #[test]
        fn every_row_is_shown_by_a_test() {
            let shown = BTreeSet::from([$(stringify!($name)),*]);
            let listed: BTreeSet<_> = DIFFERENCES.iter().map(|row| row.name).collect();
            assert_eq!(shown, listed);
        }
    };
}

shown! {
    scripting,
    two_hosts,
    nonsense,
    unasked_upgrade,
    named_hop_headers,
    too_large_page,
    stream_silence,
    path_above_root,
}

#[test]
fn the_page_about_the_edge_holds_the_table_as_it_stands_in_the_code() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/edge.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains(&table()), "docs/edge.md lacks this table:\n{}", table());
}

/// What each edge answers to the same raw request before the same origin.
async fn answers(origin: &'static str, request: &str) -> [Answer; 2] {
    let mut answers = Vec::new();
    for edge in [Kind::InProcess, Kind::Nginx] {
        let origin = Origin::says(origin).await;
        answers.push(edge.before(origin.address).await.ask(request).await);
    }
    answers.try_into().unwrap()
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\n{headers}\r\n")
}

mod show {
    use super::*;

    pub(super) async fn scripting() {
        let order = r#"{"fault": "refused"}"#;
        let head = "POST /__edge/faults HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length:";
        let [edge, nginx] = answers(EMPTY, &format!("{head} {}\r\n\r\n{order}", order.len())).await;
        assert_eq!((edge.status, nginx.status), (200, 501));
        assert!(nginx.body.contains("cannot be scripted"), "{}", nginx.body);
    }

    pub(super) async fn two_hosts() {
        let [edge, nginx] = answers(EMPTY, &get("/", "Host: stranger.localhost\r\n")).await;
        assert_eq!((edge.status, edge.body.as_str()), (404, "unknown host"));
        assert_eq!(nginx.status, 400);
    }

    pub(super) async fn nonsense() {
        for nonsense in ["what?\r\n\r\n", "HTTP/1.1 99999 X\r\n\r\n"] {
            let [edge, nginx] = answers(nonsense, &get("/", "")).await;
            assert_eq!((edge.status, edge.body.as_str()), (520, "error code: 520"), "{nonsense}");
            assert_eq!(nginx.header("cf-ray"), None, "{nonsense}");
        }
    }

    pub(super) async fn unasked_upgrade() {
        let [edge, nginx] = answers("HTTP/1.1 101 Switching Protocols\r\n\r\n", &get("/", "")).await;
        assert_eq!((edge.status, nginx.status), (520, 101));
    }

    pub(super) async fn named_hop_headers() {
        let mut seen = Vec::new();
        for edge in [Kind::InProcess, Kind::Nginx] {
            let mut origin = Origin::says(EMPTY).await;
            let request = get("/", "X-Named: 1\r\n").replace("close", "close, x-named");
            edge.before(origin.address).await.ask(&request).await;
            seen.push(header(&origin.head().await, "x-named"));
        }
        assert_eq!(seen, [None, Some("1".to_owned())]);
    }

    pub(super) async fn too_large_page() {
        let [edge, nginx] =
            answers(EMPTY, &get("/", "Content-Length: 999999999\r\nExpect: 100-continue\r\n")).await;
        assert_eq!((edge.status, nginx.status), (413, 413));
        assert!(edge.body.contains("cloudflare") && nginx.body.contains("nginx"), "{}", nginx.body);
    }

    pub(super) async fn stream_silence() {
        let mut ends = Vec::new();
        for edge in [Kind::InProcess, Kind::Nginx] {
            let origin = Origin::does(|mut stream| async move {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nbegun").await;
                // Silent for as long as somebody listens.
                let _ = stream.read_to_end(&mut Vec::new()).await;
            })
            .await;
            let bench =
                edge.run(config(&origin.address.to_string(), &[("EDGE_READ_TIMEOUT_MS", "150")])).await;
            let mut stream = bench.connect().await;
            stream.write_all(get("/", "").as_bytes()).await.unwrap();
            let within = if edge == Kind::Nginx { SOON } else { Duration::from_millis(600) };
            let end = tokio::time::timeout(within, stream.read_to_end(&mut Vec::new())).await;
            ends.push(end.is_ok());
        }
        assert_eq!(ends, [false, true]);
    }

    pub(super) async fn path_above_root() {
        let [edge, nginx] = answers(EMPTY, &get("/../x", "")).await;
        assert_eq!((edge.status, nginx.status), (200, 404));
    }
}
