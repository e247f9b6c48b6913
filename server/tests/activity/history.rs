//! Reading activity: filters, cursors, order, and the plan behind the peer filter.

use super::*;
use crate::support::eventually;

const UNKNOWN: &str = "7f7c1bb4-3a57-4f0c-9e9d-0d8ac1f5f0aa";

/// The chat of the incident: W talks with A and B and the user, one row a minute.
struct Chat {
    server: TestServer,
    w: Agent,
    a: Agent,
    b: Agent,
}

async fn chat() -> Chat {
    let server = TestServer::start([]).await;
    let (w, a, b) = (agent(&server, "W").await, agent(&server, "A").await, agent(&server, "B").await);
    let rows = [
        ("r1", "a2a_receive", Some(&a), Some(&w), 10),
        ("r2", "a2a_receive", Some(&w), Some(&a), 9),
        ("r3", "a2a_receive", Some(&b), Some(&w), 8),
        ("r4", "a2a_receive", None, Some(&w), 7),
        ("r5", "a2a_send", Some(&w), Some(&a), 6),
        ("r6", "a2a_receive", Some(&a), Some(&w), 5),
        ("r7", "a2a_receive", Some(&w), Some(&a), 4),
    ];
    for (name, kind, source, target, minutes) in rows {
        let insert = sqlx::query(
            "insert into activity_logs (workspace_id, activity_type, method, source_id, target_id, created_at)
             values ($1::uuid, $2, $3, $4::uuid, $5::uuid, now() - $6 * interval '1 minute')",
        );
        let insert =
            insert.bind(&w.id).bind(kind).bind(name).bind(source.map(|s| &s.id)).bind(target.map(|t| &t.id));
        insert.bind(minutes).execute(&server.app.store.db).await.expect("a row");
    }
    let filler = "insert into activity_logs (workspace_id, activity_type, method, created_at)
                  select $1::uuid, 'agent_log', 'filler', now() - interval '1 hour' from generate_series(1, 20)";
    server.sql(filler, &w.id).await;
    Chat { server, w, a, b }
}

impl Chat {
    async fn named(&self, query: &str) -> Vec<String> {
        self.w.named(&self.server, query).await
    }

    /// The `created_at` of a row, as clients see it.
    async fn time_of(&self, name: &str) -> String {
        let rows = self.w.rows(&self.server, "").await;
        let row = rows.iter().find(|row| row["method"] == name).expect("the row");
        row["created_at"].as_str().expect("a time").to_owned()
    }

    async fn id_of(&self, name: &str) -> String {
        let rows = self.w.rows(&self.server, "").await;
        rows.iter().find(|row| row["method"] == name).expect("the row")["id"]
            .as_str()
            .expect("an id")
            .to_owned()
    }
}

/// Ledger: A2A-68, A2A-105.
#[tokio::test]
async fn the_peer_is_matched_as_source_or_target_and_filters_compose() {
    let chat = chat().await;
    let (a, b) = (&chat.a.id, &chat.b.id);
    let both_ways = ["r7", "r6", "r2", "r1"];
    assert_eq!(chat.named(&format!("type=a2a_receive&peer_id={a}")).await, both_ways);
    assert_eq!(chat.named(&format!("peer_id={a}")).await, ["r7", "r6", "r5", "r2", "r1"]);
    assert_eq!(chat.named(&format!("peer_id={}", a.to_uppercase())).await.len(), 5);
    assert_eq!(chat.named(&format!("type=a2a_receive&peer_id={b}")).await, ["r3"]);
    assert_eq!(chat.named(&format!("type=a2a_receive&source=agent&peer_id={a}")).await, both_ways);
    assert_eq!(chat.named("type=a2a_receive&source=canvas").await, ["r4"]);
    assert_eq!(chat.named(&format!("source=canvas&peer_id={a}")).await, [""; 0]);
    let foreign = format!("/workspaces/{}/activity?peer_id={a}", chat.w.id);
    let answer = chat.server.get(&foreign).bearer_auth(&chat.b.token).answer().await;
    answer.refused(401, "invalid workspace auth token");
}

/// Ledger: A2A-20.
#[tokio::test]
async fn before_ts_pages_backward_strictly_without_gap_or_overlap() {
    let chat = chat().await;
    let (a, r6) = (&chat.a.id, chat.time_of("r6").await);
    let with = format!("type=a2a_receive&peer_id={a}");
    assert_eq!(chat.named(&format!("{with}&before_ts={r6}")).await, ["r2", "r1"]);
    let instant = chrono::DateTime::parse_from_rfc3339(&r6).expect("a time");
    let elsewhere =
        instant.with_timezone(&chrono::FixedOffset::east_opt(7200).expect("an offset")).to_rfc3339();
    let encoded = elsewhere.replace('+', "%2B");
    assert_eq!(chat.named(&format!("{with}&before_ts={encoded}")).await, ["r2", "r1"]);
    let mut pages = Vec::new();
    let mut before = String::new();
    loop {
        let mut rows = chat.w.rows(&chat.server, &format!("{with}&limit=1{before}")).await;
        let Some(row) = rows.pop() else { break };
        pages.push(row["method"].as_str().expect("named").to_owned());
        before = format!("&before_ts={}", row["created_at"].as_str().expect("a time"));
    }
    assert_eq!(pages, ["r7", "r6", "r2", "r1"]);
    let r7 = chat.time_of("r7").await;
    assert_eq!(chat.named(&format!("{with}&since_secs=330&before_ts={r7}")).await, ["r6"]);
}

/// Ledger: A2A-22.
#[tokio::test]
async fn since_secs_bounds_the_age_and_is_clamped() {
    let chat = chat().await;
    chat.server
        .sql(
            "insert into activity_logs (workspace_id, activity_type, method, created_at)
             values ($1::uuid, 'agent_log', 'ancient', now() - interval '31 days')",
            &chat.w.id,
        )
        .await;
    assert_eq!(chat.named("since_secs=330").await, ["r7", "r6"]);
    let (wide, widest) = (chat.named("since_secs=999999999").await, chat.named("since_secs=2592000").await);
    assert_eq!((wide.len(), &wide), (27, &widest));
    assert_eq!(chat.named("").await.len(), 28);
}

/// Ledger: A2A-70, A2A-71.
#[tokio::test]
async fn a_cursor_reads_on_oldest_first_and_composes() {
    let chat = chat().await;
    let r4 = chat.id_of("r4").await;
    assert_eq!(chat.named(&format!("since_id={r4}")).await, ["r5", "r6", "r7"]);
    assert_eq!(chat.named(&format!("since_id={r4}&peer_id={}&limit=2", chat.a.id)).await, ["r5", "r6"]);
    assert_eq!(chat.named(&format!("since_id={r4}&since_secs=330")).await, ["r6", "r7"]);
    let last = chat.id_of("r7").await;
    assert_eq!(chat.named(&format!("since_id={last}")).await, [""; 0]);
}

/// Ledger: A2A-21.
#[tokio::test]
async fn an_unknown_a_pruned_and_a_foreign_cursor_are_the_same_410() {
    let chat = chat().await;
    let pruned = chat.id_of("r1").await;
    chat.server.sql("delete from activity_logs where id::text = $1", &pruned).await;
    chat.server
        .sql(
            "insert into activity_logs (workspace_id, activity_type) values ($1::uuid, 'agent_log')",
            &chat.a.id,
        )
        .await;
    let foreign = chat.a.rows(&chat.server, "").await[0]["id"].as_str().expect("an id").to_owned();
    let mut bodies = Vec::new();
    for cursor in [UNKNOWN, &pruned, &foreign] {
        let answer = chat.w.read(&chat.server, &format!("since_id={cursor}")).await;
        answer.refused(410, "since_id cursor not found; re-fetch without since_id");
        bodies.push(answer.body);
    }
    assert!(bodies.iter().all(|body| body == &bodies[0]));
}

/// Ledger: A2A-69, A2A-72, EDGE-103.
#[tokio::test]
async fn a_wrong_parameter_is_refused_at_the_boundary() {
    let chat = chat().await;
    let table = [
        ("peer_id=not-a-uuid", "peer_id must be a UUID"),
        ("peer_id='; DROP TABLE activity_logs;--", "peer_id must be a UUID"),
        ("peer_id=%27%20OR%201%3D1%20--", "peer_id must be a UUID"),
        ("peer_id=../../etc/passwd", "peer_id must be a UUID"),
        ("peer_id=%00", "peer_id must be a UUID"),
        ("before_ts=yesterday", "before_ts must be an RFC3339 timestamp"),
        ("before_ts=2026-05-01T00%3A00%3A00Z%27%20OR%201%3D1--", "before_ts must be an RFC3339 timestamp"),
        ("since_secs=", "since_secs must be a positive integer"),
        ("since_secs=1.5", "since_secs must be a positive integer"),
        ("since_id=1", "since_id must be a UUID"),
        ("source=x", "source must be 'canvas' or 'agent'"),
    ];
    for (query, error) in table {
        chat.w.read(&chat.server, query).await.refused(400, error);
    }
    assert_eq!(chat.named("type=%00").await, [""; 0]);
    assert_eq!(chat.named("").await.len(), 27);
}

/// Ledger: A2A-105.
#[tokio::test]
async fn a_list_has_a_hundred_rows_and_never_more_than_five_hundred() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "busy").await;
    let filler = "insert into activity_logs (workspace_id, activity_type)
                  select $1::uuid, 'agent_log' from generate_series(1, 600)";
    server.sql(filler, &agent.id).await;
    for (query, rows) in
        [("", 100), ("limit=9999", 500), ("limit=abc", 100), ("limit=0", 100), ("limit=7", 7)]
    {
        assert_eq!(agent.rows(&server, query).await.len(), rows, "{query}");
    }
}

/// Ledger: A2A-106.
#[tokio::test]
async fn rows_of_one_instant_are_neither_repeated_nor_lost_between_pages() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "poller").await;
    let ties = "insert into activity_logs (workspace_id, activity_type, created_at)
                select $1::uuid, 'agent_log', now() - (n / 5) * interval '1 second' from generate_series(0, 24) n";
    server.sql(ties, &agent.id).await;
    let ids = |rows: &[Value]| rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>();
    let mut all = ids(&agent.rows(&server, "").await);
    all.reverse();
    for limit in 1..=7 {
        let mut seen = all[..1].to_vec();
        loop {
            let cursor = seen.last().and_then(Value::as_str).expect("an id").to_owned();
            let page = ids(&agent.rows(&server, &format!("since_id={cursor}&limit={limit}")).await);
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        assert_eq!(seen, all, "limit {limit}");
    }
}

/// Ledger: A2A-23.
#[tokio::test]
async fn the_peer_filter_combines_two_partial_indexes() {
    let server = TestServer::start([]).await;
    let agent = agent(&server, "chatty").await;
    let filler = "insert into activity_logs (workspace_id, activity_type, source_id, target_id)
                  select $1::uuid, 'a2a_receive', case when n % 3 = 0 then gen_random_uuid() end,
                         case when n % 3 = 1 then gen_random_uuid() end
                  from generate_series(1, 50000) n";
    server.sql(filler, &agent.id).await;
    server.sql("analyze activity_logs", "").await;
    let indexes: i64 = server
        .sql_value(
            "select count(*) from pg_indexes where tablename = 'activity_logs' and $1 = '' and
             (indexdef like '%USING btree (workspace_id, source_id) WHERE (source_id IS NOT NULL)' or
              indexdef like '%USING btree (workspace_id, target_id) WHERE (target_id IS NOT NULL)')",
            "",
        )
        .await;
    assert_eq!(indexes, 2);
    let before = scans(&server).await;
    assert!(agent.rows(&server, &format!("type=a2a_receive&peer_id={UNKNOWN}")).await.is_empty());
    let after = eventually(async || scans(&server).await, |after| after.by_index > before.by_index).await;
    assert_eq!(after, Scans { by_index: before.by_index + 2, sequential: before.sequential });
}

/// How often the table was read, by the database's own count of the server's own statements.
#[derive(Debug, PartialEq)]
struct Scans {
    by_index: i64,
    sequential: i64,
}

async fn scans(server: &TestServer) -> Scans {
    let by_index = "select coalesce(sum(idx_scan), 0)::bigint from pg_stat_user_indexes
                    where indexrelname in ('idx_activity_ws_source', 'idx_activity_ws_target') and $1 = ''";
    let sequential = "select seq_scan from pg_stat_user_tables where relname = 'activity_logs' and $1 = ''";
    Scans {
        by_index: server.sql_value(by_index, "").await,
        sequential: server.sql_value(sequential, "").await,
    }
}
