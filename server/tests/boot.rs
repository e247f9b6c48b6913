//! The program as an operator starts it: order, refusals, log lines, the end.

use axum::{http::StatusCode, response::IntoResponse};
use reqwest::Client;
use server_app::clients::install_tls;

use crate::support::{
    Answer, Answering, Upstream, nobody,
    process::{Process, shared_database},
};

const ORG: (&str, &str) = ("MOLECULE_ORG_ID", "org-a");
const ADMIN: (&str, &str) = ("ADMIN_TOKEN", "baked-in-admin-token");

/// A client also where no server of this process has installed the TLS provider.
fn client() -> Client {
    install_tls();
    Client::new()
}

async fn get(process: &Process, path: &str, bearer: Option<&str>) -> Answer {
    let request = client().get(format!("http://{}{path}", process.address().await));
    let request = request.header("x-molecule-org-id", ORG.1);
    bearer.into_iter().fold(request, |request, token| request.bearer_auth(token)).answer().await
}

/// Ledger: EDGE-48.
#[tokio::test]
async fn the_control_plane_overrides_the_environment_before_anything_reads_it() {
    let answer = r#"{"ADMIN_TOKEN":"rotated-admin-token","RATE_LIMIT":"77"}"#;
    let cp = Upstream::start(move |_| ([("content-type", "application/json")], answer).into_response()).await;
    let process = Process::start(&[ORG, ADMIN, ("MOLECULE_CP_URL", &cp.url()), ("RATE_LIMIT", "5")]).await;
    let rotated = get(&process, "/admin/liveness", Some("rotated-admin-token")).await;
    assert_eq!((rotated.status.as_u16(), rotated.header("x-ratelimit-limit").as_str()), (200, "77"));
    assert_eq!(get(&process, "/admin/liveness", Some(ADMIN.1)).await.status.as_u16(), 401);
    let line = format!("CP env refresh: applied 2 values from {}/cp/tenants/config", cp.url());
    assert!(process.output().contains(&line), "{}", process.output());
    let [seen] = &cp.seen()[..] else { panic!("one call") };
    assert_eq!(seen.target, "/cp/tenants/config");
    assert_eq!(seen.headers["authorization"], format!("Bearer {}", ADMIN.1));
    assert_eq!(seen.headers["x-molecule-org-id"], ORG.1);
}

/// Ledger: EDGE-49.
#[tokio::test]
async fn a_failed_refresh_never_blocks_the_boot() {
    for (status, body, reason) in [
        (401, "", "CP env refresh: cp returned 401"),
        (500, r#"{"ADMIN_TOKEN":"x"}"#, "CP env refresh: cp returned 500"),
        (200, "garbage", "CP env refresh: cp config is not a flat object of strings"),
    ] {
        let status = StatusCode::from_u16(status).unwrap();
        let cp = Upstream::start(move |_| (status, body).into_response()).await;
        let process = Process::start(&[ORG, ADMIN, ("MOLECULE_CP_URL", &cp.url())]).await;
        assert_eq!(get(&process, "/health", None).await.status.as_u16(), 200);
        assert!(process.output().contains(reason), "{}", process.output());
        assert_eq!(get(&process, "/admin/liveness", Some(ADMIN.1)).await.status.as_u16(), 200);
    }
    let process = Process::start(&[ORG, ADMIN, ("MOLECULE_CP_URL", &nobody())]).await;
    assert_eq!(get(&process, "/health", None).await.status.as_u16(), 200);
    assert!(process.output().contains("CP env refresh: cp is unreachable"), "{}", process.output());
    let cp = Upstream::start(|_| "{}".into_response()).await;
    let local = Process::start(&[ADMIN, ("MOLECULE_CP_URL", &cp.url())]).await;
    assert_eq!(get(&local, "/health", None).await.status.as_u16(), 200);
    assert!(cp.seen().is_empty(), "only a tenant asks");
}

/// Ledger: EDGE-47, EDGE-45.
#[tokio::test]
async fn a_tenant_without_a_configured_control_plane_does_not_boot() {
    for rest in [&[][..], &[("CP_UPSTREAM_URL", "http://127.0.0.1:1")], &[("MOLECULE_CP_URL", "")]] {
        let (code, output) = Process::start(&[&[ORG, ADMIN], rest].concat()).await.ended().await;
        assert_eq!(code, Some(1), "{output}");
        assert!(output.contains("MOLECULE_CP_URL") && output.contains("CP_PROVISION_URL"), "{output}");
        assert!(!output.contains("Platform starting"), "{output}");
    }
}

#[tokio::test]
async fn every_problem_is_reported_at_once_and_no_secret_with_it() {
    let env = [
        ("MOLECULE_ENV", "production"),
        ("SECRETS_ENCRYPTION_KEY", "marker-bad-key"),
        ("CORS_ORIGINS", "example.com"),
        ("CANVAS_PROXY_URL", "nonsense"),
        ("ADMIN_TOKEN", "marker-admin"),
    ];
    let (code, output) = Process::start(&env).await.ended().await;
    assert_eq!(code, Some(1), "{output}");
    for name in ["SECRETS_ENCRYPTION_KEY", "CORS_ORIGINS", "CANVAS_PROXY_URL"] {
        assert!(output.contains(name), "{name} in {output}");
    }
    assert!(!output.contains("marker"), "{output}");
}

/// Ledger: EDGE-66.
#[tokio::test]
async fn a_widened_url_policy_is_loud_and_a_wrong_one_refuses_to_boot() {
    let process = Process::start(&[("AGENT_ALLOWED_CIDRS", "127.0.0.0/8, 10.1.0.0/16")]).await;
    process.address().await;
    let output = process.output();
    let line = output.lines().find(|line| line.contains("AGENT_ALLOWED_CIDRS")).expect("a line");
    assert!(line.contains("WARN") && line.contains("127.0.0.0/8, 10.1.0.0/16"), "{line}");
    for bad in ["169.254.0.0/16", "junk", "0.0.0.0/0"] {
        let (code, output) = Process::start(&[("AGENT_ALLOWED_CIDRS", bad)]).await.ended().await;
        assert_eq!(code, Some(1), "{output}");
        assert!(output.contains(bad), "{output}");
    }
}

/// Ledger: EDGE-115.
#[tokio::test]
async fn a_bad_tunable_is_replaced_with_a_line_that_names_it() {
    let process = Process::start(&[("RATE_LIMIT", "plenty"), ("A2A_IDLE_TIMEOUT_SECONDS", "-3")]).await;
    assert_eq!(get(&process, "/health", None).await.header("x-ratelimit-limit"), "600");
    for words in [["RATE_LIMIT", "plenty", "600"], ["A2A_IDLE_TIMEOUT_SECONDS", "-3", "300"]] {
        let output = process.output();
        let line = output.lines().find(|line| words.iter().all(|word| line.contains(word)));
        assert!(line.is_some_and(|line| line.contains("WARN")), "{words:?} in {output}");
    }
}

#[tokio::test]
async fn the_commit_is_the_builds_and_no_variable_changes_it() {
    let process = Process::start(&[("GIT_SHA", "claimed-at-run-time")]).await;
    let answer = get(&process, "/buildinfo", None).await;
    let version =
        std::process::Command::new(env!("CARGO_BIN_EXE_workspace-server")).arg("--version").output();
    let version = String::from_utf8(version.expect("the program runs").stdout).expect("its version is text");
    let served = answer.json()["git_sha"].as_str().expect("a commit").to_owned();
    assert!(version.contains(&served), "/buildinfo serves {served}, the program is {version}");
    assert_ne!(served, "claimed-at-run-time");
}

/// Ledger: EDGE-118.
#[tokio::test]
async fn a_restart_applies_nothing_twice_and_keeps_every_token() {
    let database = shared_database().await;
    let mut listed = Vec::new();
    for _ in 0..2 {
        let process = Process::on(database.clone(), &[ADMIN]);
        if listed.is_empty() {
            let request = client().post(format!("http://{}/org/tokens", process.address().await));
            assert_eq!(request.bearer_auth(ADMIN.1).status().await, 200);
        }
        listed.push(get(&process, "/org/tokens", Some(ADMIN.1)).await.json());
        process.terminate();
        assert_eq!(process.ended().await.0, Some(0));
    }
    assert_eq!(listed[0]["count"], 1);
    assert_eq!(listed[0]["tokens"][0]["id"], listed[1]["tokens"][0]["id"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_ends_the_boot_without_naming_its_password() {
    let url = nobody().replace("http://", "postgres://dev:marker-password@");
    let process = Process::bare(std::path::Path::new("/"), &[("DATABASE_URL", &format!("{url}/x"))]);
    let (code, output) = process.ended().await;
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("Postgres init failed") && !output.contains("marker"), "{output}");
}

#[tokio::test]
async fn a_redis_that_is_set_and_not_there_ends_the_boot() {
    let url = nobody().replace("http://", "redis://");
    let (code, output) = Process::start(&[("REDIS_URL", &url)]).await.ended().await;
    assert_eq!(code, Some(1), "{output}");
    assert!(output.contains("Redis init failed"), "{output}");
}

/// Ledger: EDGE-117.
#[tokio::test]
async fn the_projects_env_file_is_read_below_the_real_environment() {
    let root = std::env::temp_dir().join(format!("servertest-env-{}", uuid::Uuid::new_v4()));
    std::fs::create_dir_all(root.join("server")).unwrap();
    std::fs::write(root.join("server/Cargo.toml"), "name = \"server\"\n").unwrap();
    std::fs::write(root.join(".env"), "RATE_LIMIT=41 # a comment\nMOLECULE_ENV=dev\nADMIN_TOKEN=from-file\n")
        .unwrap();
    let database = shared_database().await;
    let env = [("MOLECULE_ENV", ""), ("DATABASE_URL", database.url())];
    let process = Process::bare(&root.join("server"), &env);
    let answer = get(&process, "/admin/liveness", Some("from-file")).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-ratelimit-limit").as_str()), (200, "41"));
    assert!(process.output().contains("2 loaded, 1 already set"), "{}", process.output());
    std::fs::remove_dir_all(&root).unwrap();
}

#[tokio::test]
async fn the_table_of_knobs_is_printed_for_tools() {
    let program = env!("CARGO_BIN_EXE_workspace-server");
    let output = std::process::Command::new(program).args(["env", "--json"]).env_clear().output().unwrap();
    let table: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    let row = |name: &str| table.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(row("MOLECULE_CP_URL")["required_on_tenant"], true);
    assert_eq!(row("MOLECULE_CP_URL")["required_unless"], "CP_PROVISION_URL");
    assert_eq!(row("ADMIN_TOKEN")["secret"], true);
    assert_eq!(row("RATE_LIMIT")["default"], "600");
    // The harness holds the topology's environment against this very text.
    let stored = concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/server-env.json");
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(stored, &output.stdout).unwrap();
    }
    let is_fresh = std::fs::read(stored).unwrap() == output.stdout;
    assert!(is_fresh, "fixtures/server-env.json is stale: `workspace-server env --json` prints it");
    let version = std::process::Command::new(program).arg("--version").output().unwrap();
    assert!(String::from_utf8(version.stdout).unwrap().contains("digest"));
}

/// Ledger: EDGE-78.
#[tokio::test]
async fn production_refuses_to_boot_without_a_usable_key() {
    for key in ["", "too short", "MDEyMzQ1Njc4OWFiY2RlZg=="] {
        for word in ["production", "Prod"] {
            let env = [("MOLECULE_ENV", word), ("SECRETS_ENCRYPTION_KEY", key)];
            let (code, output) = Process::start(&env).await.ended().await;
            assert_eq!(code, Some(1), "{output}");
            assert!(output.contains("SECRETS_ENCRYPTION_KEY"), "{output}");
        }
    }
    let process =
        Process::start(&[("MOLECULE_ENV", "staging"), ("SECRETS_ENCRYPTION_KEY", "too short")]).await;
    process.address().await;
    assert!(process.output().contains("stored unencrypted"), "{}", process.output());
}
