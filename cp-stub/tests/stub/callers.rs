//! Who may call what: each route answers exactly the callers of its class.

use cp_stub::{AuthClass, ROUTES, Route};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::running::{ADMIN_API, ALPHA, COOKIE, Running, SHARED, WS, admin_token, provision_body};

const CLASSES: [AuthClass; 5] =
    [AuthClass::Shared, AuthClass::Tenant, AuthClass::Admin, AuthClass::Session, AuthClass::Open];

/// A call of a route, with the credentials of a class.
fn call(stub: &Running, route: &Route, class: AuthClass) -> RequestBuilder {
    let path = route.path.replace("{slug}", "harness-tenant-alpha").replace("{id}", WS);
    let method: Method = route.method.parse().unwrap();
    let call = stub.call(method, &path).json(&provision_body(ALPHA, WS, json!({})));
    match class {
        AuthClass::Shared => call.bearer_auth(SHARED).header("x-molecule-admin-token", admin_token(ALPHA)),
        AuthClass::Tenant => call.bearer_auth(admin_token(ALPHA)).header("x-molecule-org-id", ALPHA),
        AuthClass::Admin => call.bearer_auth(ADMIN_API),
        AuthClass::Session => call.header("cookie", COOKIE),
        AuthClass::Open => call,
    }
}

#[tokio::test]
async fn a_route_answers_the_callers_of_its_class_and_nobody_else() {
    let stub = Running::start().await;
    let member = json!({ COOKIE: { "slug": "harness-tenant-alpha", "member": true, "user_id": "u-1" } });
    stub.json(Method::PUT, "/__stub/members", member).await;
    for route in ROUTES {
        for class in CLASSES {
            let reply = call(&stub, route, class).send().await.unwrap();
            let status = reply.status();
            let refused = status == 401;
            let may = route.auth == AuthClass::Open || route.auth == class;
            assert_eq!(refused, !may, "{} {} for {class:?}: {status}", route.method, route.path);
            if refused {
                assert_eq!(reply.bytes().await.unwrap().len(), 0, "{} {}", route.method, route.path);
            }
        }
    }
    let state: Value = stub.state().await;
    assert_eq!(state["unknown_calls"], 0);
}
