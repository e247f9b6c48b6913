//! Every route has one auth class, it is the documented one, and it is what a stranger meets.

use std::collections::BTreeMap;

use server::http::{
    routes,
    table::{AuthClass, Row},
};

use crate::support::{Answering, TestServer};

const MAP: &str = include_str!("golden/routes.txt");

fn word(class: AuthClass) -> &'static str {
    match class {
        AuthClass::None => "none",
        AuthClass::Admin => "admin",
        AuthClass::Workspace => "workspace",
        AuthClass::WorkspaceOwnToken => "own-token",
        AuthClass::CanvasOrBearer => "canvas-or-bearer",
        AuthClass::Registry => "registry",
        AuthClass::Discovery => "discovery",
        AuthClass::A2aCaller => "a2a-caller",
        AuthClass::QueueReader => "queue-reader",
        AuthClass::Socket => "socket",
        AuthClass::TestToken => "test-token",
    }
}

/// Parameters by position, not by name.
fn key(row: &Row) -> String {
    let segment = |segment: &str| if segment.starts_with('{') { ":".to_owned() } else { segment.to_owned() };
    format!("{} {}", row.method, row.path.split('/').map(segment).collect::<Vec<_>>().join("/"))
}

/// Ledger: EDGE-112.
#[test]
fn every_route_declares_the_class_of_the_map() {
    let lines = MAP.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let map: BTreeMap<_, _> = lines.map(|line| line.rsplit_once(' ').expect("three words")).collect();
    let table = routes::all();
    let wrong: Vec<_> = table
        .rows()
        .iter()
        .map(|row| (key(row), word(row.class)))
        .filter(|(key, class)| map.get(key.as_str()) != Some(class))
        .collect();
    assert!(wrong.is_empty(), "not as in tests/golden/routes.txt: {wrong:#?}");
}

/// Ledger: EDGE-112.
#[tokio::test]
async fn a_stranger_meets_the_class_of_each_route() {
    let env = [("ADMIN_TOKEN", "the-admin-token"), ("RATE_LIMIT", "100000")];
    let server = TestServer::start(env).await;
    let workspace = server.workspace("a").await;
    server.token(&workspace).await;
    for row in routes::all().rows() {
        let segment =
            |segment: &str| if segment.starts_with('{') { workspace.clone() } else { segment.to_owned() };
        let path = row.path.split('/').map(segment).collect::<Vec<_>>().join("/");
        let answer = server.request(row.method.clone(), &path).answer().await;
        let refusal = match row.class {
            AuthClass::Admin | AuthClass::TestToken => Some("admin auth required"),
            AuthClass::Workspace | AuthClass::WorkspaceOwnToken => Some("missing workspace auth token"),
            AuthClass::QueueReader => Some("missing caller auth token"),
            // Judged by what the body, the header or the origin says: tested with their routes.
            _ => None,
        };
        match refusal {
            Some(text) => answer.refused(401, text),
            None => assert!(answer.status != 500, "{} {path}: {answer:?}", row.method),
        }
    }
}
