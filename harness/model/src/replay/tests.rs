//! The examples of the design read, print and read again.

use super::*;
use crate::yaml::Source;

const ISOLATION: &str = r##"
replay: a request that names the wrong org never reaches a tenant
closes: ["Phase 2"]
ledger: [EDGE-01, HARN-006, REG-11, HARN-007]
topology: two-tenants
tags: [isolation]

steps:
  - name: alpha's credentials are refused at beta
    for_each: { path: [/workspaces, /events, /settings/secrets, /nope] }
    http: { as: alpha_creds_at_beta, get: "${path}" }
    expect: { status: 404, body: empty, headers: { content-type: absent } }

  - name: a new workspace stays inside its tenant
    http: { as: alpha_admin, post: /workspaces, json: { name: "iso-${unique}" } }
    expect: { status: 201, json: { status: provisioning } }
    capture: { ws: $.id }
  - sql: { on: beta, one: "select count(*) from workspaces where id = $1", args: ["${ws}"] }
    expect: { equals: 0 }

witness:
  - name: the guard lets any org through
    bug: tenant_guard_off            # a compiled-in seam, absent from release builds
    red_at: alpha's credentials are refused at beta
"##;

const CANARY: &str = r##"
replay: a provisioned workspace answers PONG through the edge
closes: ["#2821", "#2863"]
incident: 2026-06-14
ledger: [HARN-001]
matrix: { tenant: [alpha, beta] }
given:
  - stub: { state: baseline }
steps:
  - name: create
    http: { as: "${tenant}_admin", post: /workspaces, json: { name: "canary-${unique}", runtime: claude-code, tier: 2 } }
    expect: { status: 201 }
    capture: { ws: $.id }
  - name: becomes online
    http: { as: "${tenant}_admin", get: "/workspaces/${ws}" }
    eventually: { within: 30s, until: { json: { status: online, url: { not: "" } } }, abort_on: { json: { status: failed } } }
  - agent: { of: "${ws}", on: message/send, reply: PONG }
  - name: answers
    http: { as: "${tenant}_admin", post: "/workspaces/${ws}/a2a", json: { $file: corpus/a2a/valid/v0_3_parts_text_only.json } }
    expect: { status: 200, json: { "$.result.parts[0].text": { contains: PONG } } }
  - name: really went through the stub
    stub: { state: current }
    expect: { json: { provision_calls: { more_than: "${baseline.provision_calls}" }, tenants_config_calls: { at_least: 1 } } }
witness:
  - name: the stub answers 200 instead of 201
    stub: { fault: ok-200-wrong-shape }
    red_at: becomes online
  - name: the tenant is not told where its control plane is
    env: { tenant-alpha: { MOLECULE_CP_URL: "" } }
    red_at: boot
"##;

fn read(text: &str) -> Replay {
    let (replay, diagnostics) = parse_replay(&Source::new("r.yaml", text));
    assert!(diagnostics.is_empty(), "{:#?}", diagnostics.lines());
    replay.expect("no findings, so a replay")
}

#[test]
fn the_examples_of_the_design_read_and_survive_printing() {
    for text in [ISOLATION, CANARY] {
        let replay = read(text);
        let printed = print(&replay);
        let again = read(&printed);
        assert_eq!(again, replay, "{printed}");
        assert_eq!(print(&again), printed);
    }
}
