//! The golden pairs: what the stub answers, byte for byte, volatile values put aside by their place.

use std::{collections::BTreeSet, path::PathBuf};

use reqwest::Method;
use serde_json::{Value, json};

use super::running::{ADMIN_API, ALPHA, BETA, COOKIE, Running, SHARED, WS, admin_token};

fn goldens() -> Vec<(PathBuf, Value)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/golden/cp");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &PathBuf| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    paths.iter().map(|path| (path.clone(), read(path))).collect()
}

/// Ledger: HARN-022.
#[tokio::test]
async fn every_golden_pair_holds_over_the_wire() {
    let goldens = goldens();
    assert!(goldens.len() > 30);
    for (path, golden) in goldens {
        check(&path.display().to_string(), &golden).await;
    }
}

async fn check(name: &str, golden: &Value) {
    let stub = Running::start().await;
    let mut words = vec![
        ("{shared_secret}", SHARED.to_owned()),
        ("{admin_api_token}", ADMIN_API.to_owned()),
        ("{alpha.admin_token}", admin_token(ALPHA)),
        ("{beta.admin_token}", admin_token(BETA)),
        ("{session_cookie}", COOKIE.to_owned()),
    ];
    for given in golden["given"].as_array().into_iter().flatten() {
        words.extend(prepare(&stub, given.as_str().unwrap()).await);
    }
    let fill =
        |text: &str| words.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
    let request = &golden["request"];
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let mut call = stub.call(method, &fill(request["target"].as_str().unwrap()));
    for (header, value) in request["headers"].as_object().unwrap() {
        call = call.header(header, fill(value.as_str().unwrap()));
    }
    if let Some(body) = request["body"].as_str() {
        call = call.body(body.to_owned());
    }
    let reply = call.send().await.unwrap();
    let expected = &golden["response"];
    assert_eq!(json!(reply.status().as_u16()), expected["status"], "{name}");
    for (header, value) in expected["headers"].as_object().unwrap() {
        let found = reply.headers().get(header).map(|value| value.to_str().unwrap());
        assert_eq!(found, value.as_str(), "{name}: header {header}");
    }
    let body = reply.text().await.unwrap();
    let wanted = expected["body"].as_str().unwrap();
    assert_eq!(settled(&body, wanted, &expected["volatile"]), wanted, "{name}");
}

/// The body with the golden values at the volatile places, if what stands there is of the same kind.
fn settled(body: &str, wanted: &str, volatile: &Value) -> String {
    let Some(places) = volatile.as_array() else { return body.to_owned() };
    let (mut found, wanted): (Value, Value) =
        (serde_json::from_str(body).unwrap(), serde_json::from_str(wanted).unwrap());
    for place in places {
        let place = place.as_str().unwrap();
        let (Some(value), Some(golden)) = (found.pointer_mut(place), wanted.pointer(place)) else { continue };
        let alike =
            value.is_string() == golden.is_string() && value.as_str().is_none_or(|text| !text.is_empty());
        if alike {
            *value = golden.clone();
        }
    }
    // Written again in the compact form; the order of keys is the one that was received.
    let again = serde_json::from_str::<Value>(body).unwrap().to_string();
    assert_eq!(again, body, "the stub writes compact JSON");
    found.to_string()
}

/// Brings about what a pair takes for granted.
async fn prepare(stub: &Running, given: &str) -> Vec<(&'static str, String)> {
    match given {
        "instance" => vec![("{instance_id}", stub.instance(ALPHA, WS).await)],
        "deprovisioned" => {
            let id = stub.state().await["instances"][0]["instance_id"].as_str().unwrap().to_owned();
            let path = format!("/cp/workspaces/{WS}?instance_id={id}");
            assert_eq!(stub.shared(Method::DELETE, &path, ALPHA).send().await.unwrap().status(), 204);
            Vec::new()
        }
        "session" => {
            let member = json!({ "slug": "harness-tenant-alpha", "member": true, "user_id": "user-1" });
            stub.json(Method::PUT, "/__stub/members", json!({ COOKIE: member })).await;
            Vec::new()
        }
        other => panic!("unknown given {other:?}"),
    }
}

/// Ledger: HARN-134.
#[test]
fn every_route_has_a_golden_pair_and_every_pair_a_route() {
    let pairs: BTreeSet<String> = goldens()
        .iter()
        .map(|(_, golden)| golden["route"].as_str().unwrap().to_owned())
        .filter(|route| route != "*")
        .collect();
    let routes: BTreeSet<String> =
        cp_stub::ROUTES.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    assert_eq!(pairs, routes);
}

#[test]
fn every_pair_is_dated_like_its_route() {
    for (path, golden) in goldens() {
        let route = cp_stub::ROUTES
            .iter()
            .find(|route| golden["route"] == format!("{} {}", route.method, route.path));
        let dated = route.map_or("2026-06-14", |route| route.dated);
        assert_eq!(golden["dated"], dated, "{}", path.display());
    }
}
