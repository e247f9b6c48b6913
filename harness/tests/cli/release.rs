//! `harness verify-sha` against servers that tell different builds.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::project::{Project, Said};

/// A tenant that answers every request with this status line and body.
fn tenant(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(format!("{head}{body}").as_bytes());
        }
    });
    format!("http://{address}")
}

fn verify(tenants: &[(&str, &str)], more: &[&str]) -> Said {
    let tenants: Vec<_> = tenants.iter().map(|(name, url)| format!("{name}={url}")).collect();
    let mut args = vec!["verify-sha", "--expect", "4f2a91c"];
    for tenant in &tenants {
        args.extend(["--tenant", tenant]);
    }
    args.extend(more);
    Project::new().harness(&args)
}

const RIGHT: &str = r#"{"git_sha":"4f2a91c"}"#;
const WRONG: &str = r#"{"git_sha":"0000000"}"#;

#[test]
fn a_fleet_that_serves_the_build_is_verified() {
    let (alpha, beta) = (tenant("200 OK", RIGHT), tenant("200 OK", RIGHT));
    let said = verify(&[("alpha", &alpha), ("beta", &beta)], &[]);
    assert_eq!(said.code, 0);
    assert_eq!(
        said.out,
        "OK          alpha\nOK          beta\nverified: every tenant serves the expected build\n"
    );
}

#[test]
fn one_stale_tenant_fails_the_release_whatever_the_redeploy_said() {
    let (alpha, beta) = (tenant("200 OK", RIGHT), tenant("200 OK", WRONG));
    let said = verify(&[("alpha", &alpha), ("beta", &beta)], &[]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("STALE       beta: serves 0000000, expected 4f2a91c"), "{}", said.out);
}

#[test]
fn one_silent_tenant_is_a_warning_and_a_silent_fleet_a_failure() {
    let (alpha, beta) = (tenant("200 OK", RIGHT), tenant("404 Not Found", ""));
    let said = verify(&[("alpha", &alpha), ("beta", &beta)], &[]);
    assert_eq!(said.code, 0);
    assert!(
        said.out.contains("UNREACHABLE beta: /buildinfo answered 404") && said.out.contains("warning"),
        "{}",
        said.out
    );
    let said = verify(&[("beta", &beta), ("gone", "http://127.0.0.1:1")], &[]);
    assert_eq!(said.code, 1);
    assert!(said.out.contains("nothing was verified"), "{}", said.out);
}

#[test]
fn a_pinned_tag_is_skipped_aloud_and_moving_ones_are_verified() {
    let alpha = tenant("200 OK", WRONG);
    for tag in ["latest", "staging-latest"] {
        assert_eq!(verify(&[("alpha", &alpha)], &["--tag", tag]).code, 1, "{tag}");
    }
    let said = verify(&[("alpha", &alpha)], &["--tag", "v1.2.3"]);
    assert_eq!(said.code, 0);
    assert!(said.out.starts_with("SKIPPED: the tag `v1.2.3` is pinned"), "{}", said.out);
}

#[test]
fn one_address_serves_all_tenants_by_their_host() {
    let edge = tenant("200 OK", RIGHT);
    let said = verify(&[("alpha", "http://harness-tenant-alpha.localhost")], &["--via", &edge]);
    assert_eq!(said.code, 0, "{said:?}");
}
