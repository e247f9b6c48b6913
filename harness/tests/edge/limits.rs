//! The cap on bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::bench::{Answer, Bench, EMPTY, Kind, Origin, config};
use super::on_both;

on_both! {
    exactly_100_mib_pass,
    one_byte_more_is_refused_before_the_tenant_sees_a_byte,
    a_body_of_unknown_length_is_refused_when_it_goes_over,
    a_client_that_asks_first_is_told_before_it_sends,
}

const MIB: u64 = 1024 * 1024;

/// An origin that counts the bytes of a body of a known length before it answers.
async fn counting(length: u64) -> (Origin, Arc<AtomicU64>) {
    let seen = Arc::new(AtomicU64::new(0));
    let count = seen.clone();
    let origin = Origin::does(move |mut stream| {
        let count = count.clone();
        async move {
            let mut buffer = vec![0; 256 * 1024];
            while count.load(Ordering::SeqCst) < length {
                match stream.read(&mut buffer).await {
                    Ok(read @ 1..) => drop(count.fetch_add(read as u64, Ordering::SeqCst)),
                    _ => return,
                }
            }
            let _ = stream.write_all(EMPTY.as_bytes()).await;
        }
    })
    .await;
    (origin, seen)
}

/// Sends a body of a length, whether it is taken or not, and returns the answer.
async fn upload(bench: &Bench, length: u64) -> Answer {
    let mut stream = bench.connect().await;
    let head = format!(
        "POST /u HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let block = vec![b'x'; 256 * 1024];
    let mut left = length;
    while left > 0 {
        let part = usize::try_from(left.min(block.len() as u64)).unwrap();
        if stream.write_all(&block[..part]).await.is_err() {
            break;
        }
        left -= part as u64;
    }
    Answer::read(&mut stream).await
}

/// Ledger: HARN-030.
async fn exactly_100_mib_pass(edge: Kind) {
    let (origin, seen) = counting(100 * MIB).await;
    let bench = edge.before(origin.address).await;
    assert_eq!(upload(&bench, 100 * MIB).await.status, 200);
    assert_eq!(seen.load(Ordering::SeqCst), 100 * MIB);
}

/// Ledger: HARN-030.
async fn one_byte_more_is_refused_before_the_tenant_sees_a_byte(edge: Kind) {
    let origin = Origin::says(EMPTY).await;
    let bench = edge.before(origin.address).await;
    let answer = upload(&bench, 100 * MIB + 1).await;
    assert_eq!(answer.status, 413);
    assert!(answer.body.contains("413"), "{}", answer.body);
    assert!(origin.is_untouched());
}

async fn a_body_of_unknown_length_is_refused_when_it_goes_over(edge: Kind) {
    let (origin, seen) = counting(u64::MAX).await;
    let mut config = config(&origin.address.to_string(), &[]);
    config.limits.body_bytes_max = 100_000;
    let bench = edge.run(config).await;
    let mut stream = bench.connect().await;
    let head = "POST /u HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..11 {
        stream.write_all(format!("2710\r\n{}\r\n", "x".repeat(10_000)).as_bytes()).await.unwrap();
    }
    assert_eq!(Answer::read(&mut stream).await.status, 413);
    assert!(seen.load(Ordering::SeqCst) < 120_000);
}

async fn a_client_that_asks_first_is_told_before_it_sends(edge: Kind) {
    let origin = Origin::says(EMPTY).await;
    let bench = edge.before(origin.address).await;
    let head = format!(
        "POST /u HTTP/1.1\r\nHost: alpha.localhost\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: {}\r\n\r\n",
        200 * MIB
    );
    assert_eq!(bench.ask(&head).await.status, 413);
    assert!(origin.is_untouched());
}
