//! Rows of one workspace that come at once.

use futures_util::future::join_all;
use server_app::activity::record;
use server_store::activity::{NewActivity, StoredText};
use server_types::WorkspaceId;

use super::*;

fn row(workspace: &str, kind: &str, number: usize) -> NewActivity {
    let workspace: WorkspaceId = workspace.parse().expect("an id");
    let method = Some(StoredText::new(number.to_string()));
    NewActivity { method, ..NewActivity::new(workspace, kind) }
}

#[tokio::test]
async fn rows_that_come_at_once_share_transactions_and_are_read_in_the_order_they_came() {
    let server = TestServer::start([]).await;
    let w = agent(&server, "W").await;
    let mut events = server.app.events.subscribe(w.id.parse().expect("an id"));
    // More than a listener's buffer would lose events, which is not the matter here.
    let all = (0..64).map(|number| record(&server.app, row(&w.id, "agent_log", number)));
    join_all(all).await.into_iter().for_each(|written| written.expect("written"));
    let mut read = w.named(&server, "").await;
    read.reverse();
    let sent: Vec<String> = (0..64).map(|number| number.to_string()).collect();
    assert_eq!(read, sent);
    for number in &sent {
        assert_eq!(events.next().await.expect("an event").payload["method"], json!(number));
    }
    let transactions: i64 = server
        .sql_value(
            "select count(distinct xmin::text) from activity_logs where workspace_id::text = $1",
            &w.id,
        )
        .await;
    assert!(transactions < 8, "{transactions} transactions for 64 rows");
}

#[tokio::test]
async fn a_row_that_the_database_refuses_takes_no_other_with_it() {
    let server = TestServer::start([]).await;
    let w = agent(&server, "W").await;
    let kinds = ["agent_log", "no\0text", "agent_log"];
    let all = kinds.iter().enumerate().map(|(number, kind)| record(&server.app, row(&w.id, kind, number)));
    let written: Vec<bool> = join_all(all).await.iter().map(Result::is_ok).collect();
    assert_eq!(written, [true, false, true]);
    assert_eq!(w.named(&server, "").await, ["2", "0"]);
}

#[tokio::test]
async fn a_row_of_an_unknown_workspace_is_refused_and_nothing_is_announced() {
    let server = TestServer::start([]).await;
    let unknown = "7f7c1bb4-3a57-4f0c-9e9d-0d8ac1f5f0aa";
    let w = agent(&server, "W").await;
    let mut events = server.app.events.subscribe_all();
    assert!(record(&server.app, row(unknown, "agent_log", 1)).await.is_err());
    record(&server.app, row(&w.id, "agent_log", 2)).await.expect("written");
    assert_eq!(events.next().await.expect("an event").payload["method"], "2");
}
