//! Old activity is forgotten.

use super::*;

/// Ledger: A2A-107.
#[tokio::test]
async fn rows_older_than_the_retention_are_deleted_and_fresh_ones_stay() {
    let server = TestServer::start([("ACTIVITY_RETENTION_DAYS", "2")]).await;
    let agent = agent(&server, "old").await;
    let aged = "insert into activity_logs (workspace_id, activity_type, method, created_at)
                select $1::uuid, 'agent_log', hours::text, now() - hours * interval '1 hour'
                from unnest(array[1, 47, 49, 500]) hours";
    server.sql(aged, &agent.id).await;
    assert_eq!(server.app.sweep_activity().await.changed, 2);
    assert_eq!(agent.named(&server, "").await, ["1", "47"]);
    assert_eq!(server.app.sweep_activity().await.changed, 0);
}
