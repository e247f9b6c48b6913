//! The Redis client against a real Redis.

use harness::engine::redis::{RedisFailure, Server};
use serde_json::{Value, json};

use crate::ground::{Ground, WITHIN};

fn command(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[tokio::test]
async fn replies_come_back_as_json() {
    let ground = Ground::open().await;
    if let Some(server) = ground.redis() {
        let table = [
            ("SET a 1", json!("OK")),
            ("GET a", json!("1")),
            ("GET b", Value::Null),
            ("INCR a", json!(2)),
            ("RPUSH l x y", json!(2)),
            ("LRANGE l 0 -1", json!(["x", "y"])),
            ("TTL a", json!(-1)),
        ];
        for (line, reply) in table {
            assert_eq!(server.run(&command(line), WITHIN).await.unwrap(), reply, "{line}");
        }
        let refused = server.run(&command("LPUSH a x"), WITHIN).await.unwrap();
        assert!(refused["error"].as_str().unwrap().contains("WRONGTYPE"), "{refused}");
        assert_eq!(server.run(&command("GET a"), WITHIN).await.unwrap(), json!("2"));
    }
    ground.close().await;
}

#[tokio::test]
async fn no_server_is_not_a_reply() {
    let error = Server::at("redis://127.0.0.1:9").run(&command("PING"), WITHIN).await.unwrap_err();
    assert!(matches!(error, RedisFailure::Unreachable(_)), "{error}");
}
