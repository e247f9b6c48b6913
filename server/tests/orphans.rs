//! The orphan sweep: what it removes, what it leaves, and what stops it.

use serde_json::json;
use server_app::sweeps::{Report, orphans::OrphanReport};
use server_store::orphans;

use crate::support::{
    TestServer,
    acting::id,
    engine::{Engine, RealEngine, ScriptedContainer as Container},
    plane::tenant,
};

/// Ages every token beyond the grace.
const AGE: &str =
    "update workspace_auth_tokens set created_at = now() - interval '301 s', last_used_at = null
                   where workspace_id = $1::uuid";
const LIVE: &str =
    "select count(*) from workspace_auth_tokens where workspace_id = $1::uuid and revoked_at is null";

fn container(workspace: &str) -> String {
    format!("ws-{}", &workspace[..12])
}

fn did(examined: usize, changed: usize, errors: usize) -> Report {
    Report { examined, changed, errors }
}

/// A workspace with a token that nobody used for longer than the grace.
async fn with_old_token(server: &TestServer, name: &str) -> String {
    let workspace = server.workspace(name).await;
    server.token(&workspace).await;
    server.sql(AGE, &workspace).await;
    workspace
}

/// Ledger: REG-10, REG-74, PROV-46, PROV-48, REG-72, HARN-101, HARN-102, EDGE-23.
#[tokio::test]
async fn only_a_workspace_that_lost_its_container_loses_its_tokens() {
    let (server, engine) = Engine::server().await;
    let wiped = with_old_token(&server, "wiped").await;
    let spared = [
        ("external", "update workspaces set runtime = 'external' where id = $1::uuid"),
        ("provisioning", "update workspaces set status = 'provisioning' where id = $1::uuid"),
        ("removed", "update workspaces set status = 'removed' where id = $1::uuid"),
        ("used", "update workspace_auth_tokens set last_used_at = now() where workspace_id = $1::uuid"),
        ("young", "update workspace_auth_tokens set created_at = now() where workspace_id = $1::uuid"),
    ];
    let mut others = Vec::new();
    for (name, change) in spared {
        let workspace = with_old_token(&server, name).await;
        server.sql(change, &workspace).await;
        others.push((name, workspace));
    }
    let contained = with_old_token(&server, "contained").await;
    // A container that does not run counts: its volume is still there.
    engine.script().containers.insert(container(&contained), Container::default());
    others.push(("contained", contained));

    let report = server.app.sweep_orphans().await;
    assert_eq!(report.stale_tokens, did(1, 1, 0));
    assert_eq!(server.count(LIVE, &wiped).await, 0);
    for (name, workspace) in &others {
        assert_eq!(server.count(LIVE, workspace).await, 1, "{name}");
    }
    assert_eq!(server.app.sweep_orphans().await.stale_tokens, did(0, 0, 0), "a second run finds nothing");
    // What the revocation is for: an agent with an empty volume is welcome again.
    server.registered(&wiped).await;
    assert_eq!(server.count(LIVE, &wiped).await, 1);
}

/// Ledger: REG-73, PROV-47, EDGE-24.
#[tokio::test]
async fn a_token_minted_between_search_and_revocation_survives() {
    let (server, _engine) = Engine::server().await;
    let workspace = with_old_token(&server, "restarting").await;
    let found = orphans::with_stale_tokens(&server.app.store.db, &[], 300.0).await.unwrap();
    assert_eq!(found, [id(&workspace)]);
    server.token(&workspace).await;
    assert_eq!(orphans::revoke_stale_tokens(&server.app.store.db, id(&workspace), 300.0).await.unwrap(), 1);
    assert_eq!(server.count(LIVE, &workspace).await, 1, "the fresh one");
    assert_eq!(orphans::revoke_stale_tokens(&server.app.store.db, id(&workspace), 300.0).await.unwrap(), 0);
}

/// Ledger: REG-75, EDGE-25.
#[tokio::test]
async fn without_an_engine_no_pass_runs() {
    let (hosted, _plane) = tenant().await;
    let without = TestServer::start([]).await;
    for server in [&hosted, &without] {
        let workspace = with_old_token(server, "hosted").await;
        server.set_status(&workspace, "online").await;
        assert_eq!(server.app.sweep_orphans().await, OrphanReport::default());
        server.app.start_sweeps();
        assert_eq!(server.count(LIVE, &workspace).await, 1);
    }
    let ticked = hosted.app.tasks.last_ticks();
    assert!(!ticked.contains_key("orphan-sweeper"), "{ticked:?}");
}

/// Ledger: REG-76, PROV-44, HARN-103.
#[tokio::test]
async fn a_labelled_container_without_any_row_is_removed_with_its_volume() {
    let (server, engine) = Engine::server().await;
    let unknown = uuid::Uuid::new_v4().to_string();
    let unlabelled = uuid::Uuid::new_v4().to_string();
    let foreign = uuid::Uuid::new_v4().to_string();
    let mut kept = vec![container(&unlabelled), container(&foreign), "postgres".to_owned()];
    {
        let mut script = engine.script();
        script.containers.insert(container(&unknown), Container::managed());
        script.volumes.insert(format!("{}-configs", container(&unknown)));
        script.volumes.insert(format!("{}-configs", container(&unlabelled)));
        script.containers.insert(container(&unlabelled), Container::default());
        let mut scoped = Container::managed();
        scoped.labels.insert("molecule.platform.scope".into(), "another-server".into());
        script.containers.insert(container(&foreign), scoped);
        script.containers.insert("postgres".into(), Container::managed());
    }
    for status in server_types::WorkspaceStatus::ALL {
        if status == server_types::WorkspaceStatus::Removed {
            continue;
        }
        let workspace = server.workspace("known").await;
        server.set_status(&workspace, status.as_str()).await;
        engine.script().containers.insert(container(&workspace), Container::managed());
        kept.push(container(&workspace));
    }
    let report = server.app.sweep_orphans().await;
    assert_eq!((report.wiped.changed, report.wiped.errors), (1, 0), "{report:?}");
    assert_eq!(report.removed.changed, 0);
    kept.sort();
    assert_eq!(engine.script().containers.keys().cloned().collect::<Vec<_>>(), kept);
    assert_eq!(
        engine.script().volumes.iter().cloned().collect::<Vec<_>>(),
        [format!("{}-configs", container(&unlabelled))]
    );
    assert_eq!(server.app.sweep_orphans().await.total().changed, 0, "a second run finds nothing");
}

/// Ledger: PROV-50.
#[tokio::test]
async fn a_removed_workspaces_container_goes_and_keeps_its_volume_until_it_does() {
    let (server, engine) = Engine::server().await;
    let workspace = server.workspace("removed").await;
    server.set_status(&workspace, "removed").await;
    let volume = format!("{}-configs", container(&workspace));
    {
        let mut script = engine.script();
        script.containers.insert(container(&workspace), Container::default());
        script.volumes.insert(volume.clone());
        script.remove = Some((500, "driver failed".into()));
    }
    assert_eq!(server.app.sweep_orphans().await.removed, did(1, 0, 1));
    assert!(engine.script().volumes.contains(&volume), "the container may still write to it");
    engine.script().remove = None;
    assert_eq!(server.app.sweep_orphans().await.removed, did(1, 1, 0));
    assert!(engine.script().containers.is_empty() && engine.script().volumes.is_empty());
    assert_eq!(server.app.sweep_orphans().await.removed, did(0, 0, 0));
}

/// Ledger: REG-77, PROV-45.
#[tokio::test]
async fn a_pass_that_fails_stops_no_other() {
    let (server, engine) = Engine::server().await;
    let broken = Some((500, "no".to_owned()));
    // The list by name fails: only the labelled pass can look.
    let unknown = uuid::Uuid::new_v4().to_string();
    let wiped = with_old_token(&server, "wiped").await;
    engine.script().containers.insert(container(&unknown), Container::managed());
    engine.script().list_named = broken.clone();
    let report = server.app.sweep_orphans().await;
    assert_eq!((report.removed, report.wiped), (did(0, 0, 1), did(1, 1, 0)));
    assert_eq!(report.stale_tokens, did(0, 0, 1), "an engine that does not answer is no empty engine");
    assert_eq!(server.count(LIVE, &wiped).await, 1);
    // The list by label fails: the other two act, the last one on an engine without any container.
    engine.script().list_named = None;
    engine.script().list_managed = broken;
    let report = server.app.sweep_orphans().await;
    assert_eq!(
        (report.removed, report.wiped, report.stale_tokens),
        (did(0, 0, 0), did(0, 0, 1), did(1, 1, 0))
    );
    assert_eq!(server.count(LIVE, &wiped).await, 0);
    // The database fails: every pass says so, and nothing is removed on a guess.
    engine.script().list_managed = None;
    engine.script().containers.insert(container(&unknown), Container::managed());
    server.app.store.db.close().await;
    let report = server.app.sweep_orphans().await;
    assert_eq!(report.total().errors, 3, "{report:?}");
    assert!(engine.script().containers.contains_key(&container(&unknown)));
}

#[tokio::test]
async fn the_sweep_runs_at_boot_and_again() {
    let (server, engine) = Engine::server().await;
    server.app.start_sweeps();
    let lists = async || engine.calls("GET /containers/json").len();
    crate::support::eventually(lists, |count| *count >= 3).await;
    assert!(server.app.tasks.last_ticks().contains_key("orphan-sweeper"));
}

/// Ledger: PROV-44.
#[tokio::test]
async fn on_a_real_engine_only_this_servers_own_orphans_go() {
    let Some(real) = RealEngine::find().await else { return };
    let server = real.server().await;
    let create = json!({"name": "a", "tier": 2});
    let (wiped, kept) = (server.created(create.clone()).await, server.created(create).await);
    for workspace in [&wiped, &kept] {
        let url = async || {
            server
                .sql_value::<String>(
                    "select coalesce(url, '') from workspaces where id = $1::uuid",
                    workspace,
                )
                .await
        };
        crate::support::eventually(url, |url| !url.is_empty()).await;
    }
    server.sql("delete from workspaces where id = $1::uuid", &wiped).await;
    let other = real.server_with([("DOCKER_SCOPE", "servertest-another")]).await;
    assert_eq!(other.app.sweep_orphans().await.wiped, did(0, 0, 0), "another server's are none of its own");
    assert_eq!(server.app.sweep_orphans().await.wiped, did(2, 1, 0));
    let left = real.containers().await;
    let names: Vec<_> = left.iter().flat_map(|it| it.names.clone().unwrap_or_default()).collect();
    assert_eq!(names, [format!("/{}", container(&kept))]);
    assert!(!real.volumes().await.contains(&format!("{}-configs", container(&wiped))));
}
