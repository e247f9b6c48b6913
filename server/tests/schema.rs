//! The schema: what the code believes of it, and what a second boot does to it.

use std::{collections::BTreeSet, path::Path};

use server_app::workspaces::fields::WorkspaceAccess;
use server_store::migrations::{self, MIGRATIONS};
use server_types::{DeliveryMode, WorkspaceStatus};

use crate::support::{Answering, TestServer, plane::ADMIN};

async fn local() -> TestServer {
    TestServer::start([("ADMIN_TOKEN", ADMIN)]).await
}

/// Ledger: REG-01, PROV-28.
#[tokio::test]
async fn the_status_enum_and_the_code_know_the_same_words() {
    let server = local().await;
    let labels: Vec<String> =
        server.sql_value("select enum_range(null::workspace_status)::text[] where $1 = ''", "").await;
    let ours: Vec<_> = WorkspaceStatus::ALL.iter().map(|status| status.as_str()).collect();
    assert_eq!(labels, ours);
}

#[tokio::test]
async fn each_check_set_equals_its_words_in_the_code() {
    let server = local().await;
    let words = async |constraint: &str| -> BTreeSet<String> {
        let definition: String = server
            .sql_value("select pg_get_constraintdef(oid) from pg_constraint where conname = $1", constraint)
            .await;
        definition.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(
        words("workspaces_delivery_mode_check").await,
        set(&DeliveryMode::ALL.map(DeliveryMode::as_str))
    );
    assert_eq!(
        words("workspaces_workspace_access_check").await,
        set(&WorkspaceAccess::ALL.map(WorkspaceAccess::as_str))
    );
}

/// Ledger: REG-111.
#[tokio::test]
async fn a_second_boot_applies_nothing_and_keeps_live_tokens() {
    let server = local().await;
    let ws = server.workspace("a").await;
    let token = server.token(&ws).await;
    assert_eq!(migrations::run(&server.app.store.db).await.unwrap(), Vec::<&str>::new());
    let path = format!("/workspaces/{ws}/state");
    assert_eq!(server.get(&path).bearer_auth(&token).status().await, 200);
    let recorded: Vec<String> = server
        .sql_value("select array_agg(filename order by filename) from schema_migrations where $1 = ''", "")
        .await;
    assert_eq!(recorded, MIGRATIONS.iter().map(|migration| migration.filename).collect::<Vec<_>>());
    // A lost record must not hurt: every statement may run again over live data.
    sqlx::query("truncate schema_migrations").execute(&server.app.store.db).await.unwrap();
    assert_eq!(migrations::run(&server.app.store.db).await.unwrap().len(), MIGRATIONS.len());
    assert_eq!(server.get(&path).bearer_auth(&token).status().await, 200);
}

/// Ledger: REG-111.
#[test]
fn every_forward_file_is_embedded_in_order_and_no_rollback_is() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("store/migrations");
    let names =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let (down, forward): (Vec<_>, Vec<_>) = names.partition(|name| name.ends_with(".down.sql"));
    let forward: BTreeSet<_> = forward.into_iter().collect();
    assert_eq!(MIGRATIONS.iter().map(|m| m.filename.to_owned()).collect::<Vec<_>>(), Vec::from_iter(forward));
    assert!(!down.is_empty(), "there is a rollback file to ignore");
}

/// Ledger: REG-112.
#[tokio::test]
async fn the_rollback_of_the_late_statuses_maps_their_rows() {
    let server = local().await;
    let (waiting, claimed) = (server.workspace("a").await, server.workspace("b").await);
    server.set_status(&waiting, "awaiting_agent").await;
    server.set_status(&claimed, "hibernating").await;
    let rollback = include_str!("../store/migrations/006_late_statuses.down.sql");
    let mut connection = server.app.store.db.acquire().await.unwrap();
    sqlx::raw_sql(rollback).execute(&mut *connection).await.unwrap();
    connection.detach();
    let status = "select status::text from workspaces where id = $1::uuid";
    assert_eq!(server.sql_value::<String>(status, &waiting).await, "offline");
    assert_eq!(server.sql_value::<String>(status, &claimed).await, "hibernated");
    let labels: Vec<String> =
        server.sql_value("select enum_range(null::workspace_status)::text[] where $1 = ''", "").await;
    assert_eq!(labels.len(), 8);
}

/// Ledger: REG-113, REG-114.
#[tokio::test]
async fn the_indexes_and_pins_the_specification_names_exist() {
    let server = local().await;
    for (index, parts) in [
        ("idx_activity_ws_source", "(workspace_id, source_id) WHERE (source_id IS NOT NULL)"),
        ("idx_activity_ws_target", "(workspace_id, target_id) WHERE (target_id IS NOT NULL)"),
        (
            "idx_workspaces_runtime_image_digest",
            "(runtime_image_digest) WHERE (runtime_image_digest IS NOT NULL)",
        ),
        ("runtime_image_pins_pkey", "(template_name)"),
    ] {
        let definition: String =
            server.sql_value("select indexdef from pg_indexes where indexname = $1", index).await;
        assert!(definition.ends_with(parts), "{definition}");
    }
    let malformed =
        sqlx::query("insert into runtime_image_pins (template_name, digest) values ('a', 'sha256:XYZ')");
    assert!(malformed.execute(&server.app.store.db).await.is_err());
}

/// Ledger: REG-109, PROV-32.
#[test]
fn no_statement_assigns_a_workspace_status_from_a_literal() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["store/src", "app/src", "src"] {
        visit(&sources.join(folder), &mut |path, text| found.extend(literal_statuses(path, text)));
    }
    assert_eq!(found, Vec::<String>::new());
    let planted = "sqlx::query!(\"UPDATE workspaces SET url = '',\n status = 'online' WHERE id = $1\")";
    assert_eq!(literal_statuses(Path::new("planted.rs"), planted), ["planted.rs:2"]);
}

fn visit(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            visit(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// Lines inside an `UPDATE workspaces … WHERE` that set the status to a quoted word.
fn literal_statuses(path: &Path, text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let mut found = Vec::new();
    for (start, _) in lower.match_indices("update workspaces") {
        let end = lower[start..].find("where").map_or(lower.len(), |at| start + at);
        for (at, _) in lower[start..end].match_indices("status") {
            let rest: String = lower[start + at + "status".len()..end]
                .chars()
                .filter(|c| !c.is_whitespace())
                .take(2)
                .collect();
            if rest == "='" {
                let line = lower[..start + at].matches('\n').count() + 1;
                found.push(format!("{}:{line}", path.display()));
            }
        }
    }
    found
}
