//! What a topology file may say, and how it is told what it may not.

use proptest::prelude::*;

use super::*;
use crate::form::Form;
use crate::yaml::emit;

const SOUND: &str = r#"
topology: toy
programs:
  server: { package: toy-server, sources: [server], digest_env: SHA, digest_at: { get: /build, json: $.sha } }
variables: { host: { env: TOY_HOST, default: toy.localhost } }
services:
  db: { postgres: { template: [migrations] } }
  redis: { redis: { notify: KEA }, optional: true }
  stub: { program: server, port: 9090, args: ["--listen", "${self.bind}:${self.port}"], ready: [{ log: up }, { http: /health, status: 204 }] }
  tenant:
    program: server
    needs: [db, redis, stub]
    env:
      DATABASE_URL: "${db.url}"
      TOKEN: { secret: random }
      CP: "${stub.url}"
      NOTHING: null
      CIDRS: { on: process, text: "127.0.0.0/8" }
    ready: [{ tcp: true }]
  agents: { agents: true }
  edge: { edge: { routes: { toy.localhost: tenant } } }
roles: { stub: stub, agents: agents, edge: edge }
databases: { toy: db }
lookups:
  agents.token: { params: [ws], get: "${agents.url}/agents/${ws}", json: $.token, secret: true }
identities:
  anon: { via: edge, params: { host: "${var.host}", org: null }, host: "${host}", headers: { X-Org: "${org}" } }
  admin: { like: anon, params: { org: toy }, bearer: "${tenant.env.TOKEN}" }
  agent:
    via: tenant
    params: { ws: { required: true }, token: "${agents.token(ws)}", both: [a, "${ws}"] }
    bearer: "${token}"
variants:
  short: { tenant: { env: { IDLE: "3" } } }
  more: { plugin: { program: server }, tenant: { env: { PLUGIN: "${plugin.url}" } } }
always:
  - { name: it is JSON, of: { via: edge }, when: { status: 200 }, expect: { headers: { Content-Type: application/json } } }
"#;

fn lines(text: &str) -> Vec<String> {
    Topology::read(Source::new("t.yaml", text)).1.lines()
}

#[test]
fn a_sound_topology_reads_as_it_is_written() {
    let (topology, diagnostics) = Topology::read(Source::new("t.yaml", SOUND));
    assert_eq!(diagnostics.lines(), Vec::<String>::new());
    let topology = topology.unwrap();
    assert_eq!(
        topology.services.keys().collect::<Vec<_>>(),
        ["db", "redis", "stub", "tenant", "agents", "edge"]
    );
    assert_eq!(topology.services["tenant"].needs, ["db", "redis", "stub"]);
    assert_eq!(topology.services["tenant"].env["TOKEN"], EnvValue::Secret(SecretSpec::Random));
    assert_eq!(topology.services["tenant"].env["NOTHING"], EnvValue::Unset);
    let cidrs = EnvValue::On(Backend::Process, Text::literal("127.0.0.0/8"));
    assert_eq!(topology.services["tenant"].env["CIDRS"], cidrs);
    assert_eq!((topology.services["stub"].port, topology.services["tenant"].port), (Some(9090), None));
    let health = Ready::Http { path: "/health".into(), host: None, status: 204 };
    assert_eq!(topology.services["stub"].ready, [Ready::Log("up".into()), health]);
    assert!(topology.services["redis"].optional);
    assert_eq!(topology.identities["agent"].params["ws"], Param::Required);
    assert_eq!(topology.variants["short"].env["tenant"]["IDLE"], EnvValue::Text(Text::literal("3")));
    assert!(topology.variants["more"].services.contains_key("plugin"));
}

#[test]
fn printing_a_file_and_reading_it_again_changes_nothing() {
    let file = |text: &str| {
        let mut diagnostics = Diagnostics::new(Source::new("t.yaml", text));
        yaml::parse(&mut diagnostics).and_then(|node| File::read(&node, &mut diagnostics)).unwrap()
    };
    let first = file(SOUND);
    assert_eq!(file(&emit(&first.write())), first);
}

/// One mistake each: what is replaced in the sound file, and what the reader says.
const MISTAKES: [(&str, &str, &str); 18] = [
    ("needs: [db, redis, stub]", "needs: [db, rediss]", "unknown service `rediss`"),
    ("\"${stub.url}\"", "\"${stubb.url}\"", "unknown service `stubb`"),
    ("\"${stub.url}\"", "\"${stub.uri}\"", "unknown part of a service `uri`"),
    ("\"${stub.url}\"", "\"${stub\"", "`${` without `}`"),
    ("\"${stub.url}\"", "\"${stub.bind}\"", "unknown part of a service `bind`"),
    ("{ on: process,", "{ on: proces,", "a backend: `proces` is not one of process, docker"),
    ("${tenant.env.TOKEN}", "${tenant.env.TOKN}", "unknown variable of `tenant` `TOKN`"),
    ("${agents.token(ws)}", "${agents.tokn(ws)}", "unknown lookup `agents.tokn`"),
    ("${agents.token(ws)}", "${agents.token(w)}", "unknown parameter `w`"),
    ("${agents.token(ws)}", "${agents.token()}", "takes 1 arguments, not 0"),
    ("like: anon", "like: annon", "unknown identity `annon`"),
    ("like: anon", "like: admin", "`admin` is `like` itself"),
    ("program: server, port", "program: servr, port", "unknown program `servr`"),
    ("toy: db }", "toy: redis }", "`redis` is no Postgres"),
    ("short: { tenant:", "short: { tenannt:", "unknown service `tenannt`"),
    ("{ tcp: true }", "{ tcp: true, status: 3 }", "belong to an `http` condition"),
    ("json: $.token", "json: token", "not a JSON path"),
    ("{ program: server, port", "{ program: server, needs: [tenant], port", "`stub` needs itself"),
];

#[test]
fn each_mistake_is_told_at_its_line() {
    for (from, to, wanted) in MISTAKES {
        let text = SOUND.replacen(from, to, 1);
        assert_ne!(text, SOUND, "{from}");
        let lines = lines(&text);
        assert!(
            lines.iter().any(|line| line.contains(wanted) && line.starts_with("t.yaml:")),
            "{to}: {lines:?}"
        );
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = SOUND.replacen("needs: [db", "needs: [bd", 1).replacen("like: anon", "like: annon", 1);
    let lines = lines(&text.replacen("${var.host}", "${var.hots}", 1));
    assert_eq!(lines.len(), 3, "{lines:?}");
}

proptest! {
    /// A damaged file is refused or read; it never panics, and what is refused says why.
    #[test]
    fn any_damage_is_told_or_harmless(at in 0usize..SOUND.len(), junk in "[a-z{}\\[\\]:$ \n]{0,4}", cut in 0usize..9) {
        let (mut start, mut end) = (at, (at + cut).min(SOUND.len()));
        while !SOUND.is_char_boundary(start) { start -= 1; }
        while !SOUND.is_char_boundary(end) { end += 1; }
        let text = format!("{}{junk}{}", &SOUND[..start], &SOUND[end..]);
        let (topology, diagnostics) = Topology::read(Source::new("t.yaml", text.as_str()));
        prop_assert_eq!(topology.is_none(), diagnostics.has_errors());
    }
}

#[test]
fn a_rule_judges_the_answers_it_is_about_and_knows_no_names() {
    let object = |value: serde_json::Value| value.as_object().cloned().unwrap();
    let rules = Topology::read(Source::new("t.yaml", SOUND)).0.unwrap().always;
    let rule = &rules[0];
    assert!(rule.is_of(&object(serde_json::json!({ "via": "edge" }))));
    assert!(!rule.is_of(&object(serde_json::json!({ "via": "tenant" }))));
    let wrong = |answer| rule.judge(&object(answer)).map(|(_, mismatches)| mismatches.len()).sum::<usize>();
    assert_eq!(wrong(serde_json::json!({ "status": 200, "headers": {} })), 1);
    assert_eq!(wrong(serde_json::json!({ "status": 404, "headers": {} })), 0);
    for name in ["${org}", "${uuid}"] {
        let text =
            SOUND.replace("{ Content-Type: application/json }", &format!("{{ Content-Type: \"{name}\" }}"));
        let told = lines(&text);
        assert!(told.iter().any(|line| line.contains("rule `it is JSON`")), "{name}: {told:?}");
    }
}
