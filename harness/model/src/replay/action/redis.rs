//! `redis`: one command.

use crate::record;
use crate::template::Template;

record! {
    /// One Redis command.
    pub struct Redis in "redis" {
        /// The Redis service; may be left out when the topology has one.
        on: Option<Template> = optional("on"),
        /// The command and its arguments: `[GET, "key-${ws}"]`. The reply is `value`.
        run: Vec<Template> = required("run"),
    }
}

/// Commands that only look.
const READS: [&str; 16] = [
    "get", "mget", "exists", "ttl", "pttl", "keys", "scan", "type", "strlen", "hget", "hgetall", "lrange",
    "llen", "smembers", "zrange", "ping",
];

impl Redis {
    /// Whether the command may be repeated.
    pub fn is_read(&self) -> bool {
        let command = self.run.first().and_then(Template::as_literal).unwrap_or_default();
        READS.contains(&command.to_lowercase().as_str())
    }
}
