//! Each list is changed in turn: the finding must follow, and nothing else.

use crate::form::Form as _;
use crate::topology::written::File;
use crate::yaml::{Diagnostics, Source, parse};

use super::*;

const TOPOLOGY: &str = "\
topology: two
services:
  db-a: { postgres: {} }
  db-b: { postgres: {} }
  cp: { program: cp, env: { KEY: { secret: random } } }
  a:
    program: server
    env:
      ORG: org-a
      CP_URL: \"${cp.url}\"
      UPSTREAM: \"${cp.url}\"
      PORT: \"${self.port}\"
      DB: \"${db-a.url}\"
      TOKEN: { secret: random }
      API_KEY: \"${cp.env.KEY}\"
      LIMIT: \"100\"
  b:
    program: server
    env:
      ORG: org-b
      CP_URL: \"${cp.url}\"
      UPSTREAM: \"${cp.url}/x\"
      PORT: \"${self.port}\"
      DB: \"${db-b.url}\"
      TOKEN: { secret: random }
      API_KEY: \"${cp.env.KEY}\"
      LIMIT: \"100\"
variants:
  slow: { a: { env: { LIMIT: null } } }
";

const PRODUCTION: &str = "\
provenance: read off
as_of: \"2026-06-14\"
topology: two
tenants: [a, b]
server: table.json
sets:
  ORG: { from: plane, shape: text }
  CP_URL: { from: plane, shape: url }
  UPSTREAM: { from: plane, shape: url }
  PORT: { from: plane, shape: number }
  DB: { from: plane, shape: dsn }
  TOKEN: { from: plane, shape: text }
  API_KEY: { from: plane, shape: text }
deviations: { LIMIT: one bucket }
agree: [[CP_URL, UPSTREAM]]
differ: [ORG, DB, TOKEN]
";

const TABLE: &str = r#"[
  {"name":"ORG","type":"text"}, {"name":"CP_URL","type":"text","required_on_tenant":true,"required_unless":"OTHER_URL"},
  {"name":"OTHER_URL","type":"text"}, {"name":"UPSTREAM","type":"url"}, {"name":"PORT","type":"number"},
  {"name":"DB","type":"dsn","secret":true}, {"name":"TOKEN","type":"text","secret":true,"required_in_production":true},
  {"name":"API_KEY","type":"text","secret":true}, {"name":"LIMIT","type":"number"}
]"#;

/// One line per finding, when `from` is replaced by `to` in one of the lists.
fn changed(from: &str, to: &str) -> Vec<String> {
    let lists = [TOPOLOGY, PRODUCTION, TABLE];
    assert_eq!(lists.iter().filter(|list| list.contains(from)).count(), 1, "`{from}` stands in one list");
    let [topology, production, table] = lists.map(|list| list.replacen(from, to, 1));
    findings(&topology, &production, &table)
}

fn findings(topology: &str, production: &str, table: &str) -> Vec<String> {
    let mut of_topology = Diagnostics::new(Source::new("two.yaml", topology));
    let topology = parse(&mut of_topology).and_then(|node| File::read(&node, &mut of_topology));
    let (production, mut of_production) = Production::parse(Source::new("production.yaml", production));
    let server: Vec<Knob> = serde_json::from_str(table).unwrap();
    let (topology, production) = (topology.unwrap(), production.unwrap());
    let lists = Lists { topology: &topology, production: &production, server: &server };
    judge(&lists, &mut of_topology, &mut of_production);
    of_production.lines().into_iter().chain(of_topology.lines()).collect()
}

fn assert_one(found: &[String], rule: &str, parts: &[&str]) {
    assert_eq!(found.len(), 1, "{found:#?}");
    let is = found[0].contains(&format!("[{rule}]")) && parts.iter().all(|part| found[0].contains(part));
    assert!(is, "[{rule}] {parts:?} in {}", found[0]);
}

#[test]
fn coherent_lists_have_no_finding() {
    assert_eq!(findings(TOPOLOGY, PRODUCTION, TABLE), Vec::<String>::new());
}

/// Ledger: HARN-026.
#[test]
fn what_production_sets_and_the_topology_does_not_is_found() {
    let found = changed("      CP_URL: \"${cp.url}\"\n", "");
    assert_one(&found, "env-not-in-topology", &["production.yaml:8:3", "sets `CP_URL`", "`a` goes without"]);
}

/// Ledger: HARN-026.
#[test]
fn what_only_the_topology_sets_needs_a_reason() {
    let found = changed("deviations: { LIMIT: one bucket }\n", "");
    assert_eq!(found.len(), 2, "one for each tenant: {found:#?}");
    assert_one(&found[..1], "env-not-in-production", &["two.yaml:16:7", "`a` has `LIMIT`", "deviations"]);
    let found = changed("deviations: { LIMIT: one bucket }", "deviations: { LIMIT: one bucket, ORG: old }");
    assert_one(&found, "env-not-in-production", &["`ORG` is no deviation"]);
}

/// Ledger: HARN-026.
#[test]
fn what_the_server_needs_is_set_by_somebody() {
    let more = r#"[{"name":"EXTRA","type":"text","required_on_tenant":true,"required_unless":"OTHER"}, "#;
    let found = changed("[\n  {\"name\":\"ORG\"", &format!("{more}{{\"name\":\"ORG\""));
    assert_eq!(found.len(), 1, "once, though it is missing on both tenants: {found:#?}");
    assert_one(&found, "env-required", &["needs `EXTRA` or `OTHER`"]);
}

/// Ledger: HARN-026.
#[test]
fn a_dead_or_misspelt_key_is_found_in_each_list() {
    let found = changed("slow: { a: { env: { LIMIT: null } } }", "slow: { a: { env: { LIMITS: null } } }");
    assert_one(&found, "env-unread", &["two.yaml", "never reads `LIMITS`", "did you mean `LIMIT`?"]);
    let found = changed(", {\"name\":\"LIMIT\",\"type\":\"number\"}", "");
    assert_eq!(found.len(), 3, "both tenants and the variant: {found:#?}");
    let found = changed("differ: [ORG, DB, TOKEN]\n", "differ: [ORG]\nunread: { ORG: nobody }\n");
    assert_one(&found, "env-unread", &["reads `ORG` now"]);
}

/// Ledger: HARN-026.
#[test]
fn a_value_of_another_shape_is_found() {
    let found = changed("UPSTREAM: \"${cp.url}/x\"", "UPSTREAM: \"\"");
    assert_eq!(found.len(), 2, "against production and against the server: {found:#?}");
    assert_one(&found[..1], "env-shape", &["`UPSTREAM` is empty here and an address in production"]);
    let found = changed(
        "      TOKEN: { secret: random }\n      API_KEY: \"${cp.env.KEY}\"\n      LIMIT: \"100\"\n  b:",
        "      TOKEN: { secret: random }\n      API_KEY: plain\n      LIMIT: \"100\"\n  b:",
    );
    assert_one(&found, "env-shape", &["`API_KEY` is a secret and stands here"]);
    let found = changed("PORT: { from: plane, shape: number }", "PORT: { from: plane, shape: dsn }");
    assert_eq!(found.len(), 2, "{found:#?}");
    let found = changed(
        "      DB: \"${db-b.url}\"\n      TOKEN: { secret: random }",
        "      DB: \"${db-b.url}\"\n      TOKEN: \"${cp.env.KEY}\"",
    );
    assert_one(&found, "env-shape", &["`API_KEY` and `TOKEN` are one secret in two roles"]);
}

/// Ledger: HARN-026.
#[test]
fn keys_that_must_agree_lead_to_one_host() {
    for other in ["${db-b.url}", "http://127.0.0.1:1"] {
        let found = changed("UPSTREAM: \"${cp.url}/x\"", &format!("UPSTREAM: \"{other}\""));
        assert!(
            found.iter().any(|line| line.contains("[env-hosts]") && line.contains("`CP_URL` to cp")),
            "{found:#?}"
        );
    }
}

/// Ledger: HARN-026.
#[test]
fn tenants_share_nothing_that_must_differ() {
    assert_one(&changed("ORG: org-b", "ORG: org-a"), "env-shared", &["`b` and `a` share `ORG`"]);
    assert_one(&changed("DB: \"${db-b.url}\"", "DB: \"${db-a.url}\""), "env-shared", &["share `DB`"]);
}

#[test]
fn a_tenant_that_is_no_service_is_found_with_the_one_that_was_meant() {
    let found = changed("tenants: [a, b]", "tenants: [a, db]");
    assert_one(&found, "reference", &["production.yaml:4:14", "no service `db`", "did you mean"]);
}
