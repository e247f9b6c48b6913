//! What a reader needs when a step is not green: what every service wrote and what the stand-ins saw
//! since the step began.
//!
//! A [`Mark`] is taken when a step begins and costs nothing else; evidence is gathered only when it is
//! wanted.

use std::time::Duration;

use chrono::{DateTime, Utc};
use harness_model::event::{LogExcerpt, Seen, ServiceLine, Voice};
use serde_json::Value;
use tokio::time::timeout;

use super::control::Control;
use super::secrets::Secrets;
use crate::world::{LogLine, Position, REFUSES, Service, Stream, World};

/// Lines shown per service: a report fits a screen.
const LINES_SHOWN: usize = 40;
/// Requests shown per stand-in.
const REQUESTS_SHOWN: usize = 40;
/// How long a stand-in may take to tell what it was asked.
const ASKED_WITHIN: Duration = Duration::from_secs(3);
/// Lines of all services kept for the story of a case that is not green.
const LINES_KEPT: usize = 1500;
/// How the backend notes the end of a service in its log.
const ENDED: &str = "[harness] ended with ";

/// A request of a stand-in's log, and when it came.
type Asked = (Option<DateTime<Utc>>, Value);

/// A moment of a world.
#[derive(Debug, Clone)]
pub struct Mark {
    at: DateTime<Utc>,
    positions: Vec<Position>,
}

impl Mark {
    /// Now.
    #[must_use]
    pub fn now(world: &World) -> Self {
        let positions = world.services().map(|service| service.logs().position()).collect();
        Self { at: Utc::now(), positions }
    }

    /// The place in the log of a service at this moment.
    #[must_use]
    pub fn position(&self, world: &World, service: &str) -> Position {
        let found = self.each(world).find(|(known, _)| known.name() == service);
        found.map(|(_, position)| position).unwrap_or_default()
    }

    /// What each service has written since.
    #[must_use]
    pub fn logs(&self, world: &World, secrets: &Secrets) -> Vec<LogExcerpt> {
        let excerpt = |(service, position): (&Service, Position)| {
            let lines = service.logs().since(position);
            let left_out =
                lines.len().saturating_sub(LINES_SHOWN) as u64 + service.logs().lost_since(position);
            let shown = lines.iter().rev().take(LINES_SHOWN).rev();
            LogExcerpt {
                service: service.name().to_owned(),
                lines: shown.map(|line| secrets.mask(&line.text).into_owned()).collect(),
                left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
            }
        };
        self.each(world).map(excerpt).filter(|excerpt| !excerpt.lines.is_empty()).collect()
    }

    /// What every service wrote and every stand-in was asked since, in the order of time, and how many of the
    /// oldest lines were left out.
    pub async fn story(&self, world: &World, secrets: &Secrets) -> (Vec<ServiceLine>, u32) {
        let mut lines: Vec<(DateTime<Utc>, ServiceLine)> = Vec::new();
        let mut add = |at: DateTime<Utc>, service: &str, voice, text: &str| {
            let (service, text) = (service.to_owned(), secrets.mask(text).into_owned());
            lines.push((at, ServiceLine { ago_ms: 0, service, voice, text }));
        };
        for (service, position) in self.each(world) {
            for line in service.logs().since(position) {
                let voice = if line.stream == Stream::Harness { Voice::Harness } else { Voice::Service };
                add(line.at, service.name(), voice, &line.text);
            }
        }
        for (who, entries) in self.asked(world).await {
            for (at, entry) in entries {
                // Without a time nobody can say when it was.
                if let Some(at) = at {
                    add(at, &who, Voice::Request, &line(&entry));
                }
            }
        }
        lines.sort_by_key(|(at, _)| *at);
        let left_out = lines.len().saturating_sub(LINES_KEPT);
        let now = Utc::now();
        let kept = lines.into_iter().skip(left_out).map(|(at, line)| {
            let ago_ms = u64::try_from((now - at).num_milliseconds()).unwrap_or_default();
            ServiceLine { ago_ms, ..line }
        });
        (kept.collect(), u32::try_from(left_out).unwrap_or(u32::MAX))
    }

    /// A service that ended since without having been told to, and how.
    #[must_use]
    pub fn died(&self, world: &World) -> Option<(String, String)> {
        self.each(world).find_map(|(service, position)| {
            // From the start: it may have been told to before the mark, and have ended after it.
            let lines = service.logs().since(Position::default());
            unasked_end(&lines, position).map(|how| (service.name().to_owned(), how))
        })
    }

    /// What the stub and the agents were asked since.
    pub async fn seen(&self, world: &World, secrets: &Secrets) -> Vec<Seen> {
        let shown = |(who, entries): (String, Vec<Asked>)| {
            let lines = entries.iter().map(|(_, entry)| secrets.mask(&line(entry)).into_owned());
            let mut lines: Vec<String> = lines.collect();
            lines.drain(..lines.len().saturating_sub(REQUESTS_SHOWN));
            Seen { who, lines }
        };
        self.asked(world).await.into_iter().map(shown).filter(|seen| !seen.lines.is_empty()).collect()
    }

    /// The request logs of the stand-ins since, by stand-in.
    async fn asked(&self, world: &World) -> Vec<(String, Vec<Asked>)> {
        let mut asked = Vec::new();
        for (role, path) in [("stub", "/__stub/requests"), ("agents", "/__agent/requests")] {
            let Ok(control) = Control::of(world, role) else { continue };
            // A stand-in that was paused or killed says nothing; a report must not wait for it.
            let Ok(Ok(answer)) = timeout(ASKED_WITHIN, control.get(path)).await else { continue };
            asked.push((control.name().to_owned(), self.since(&answer)));
        }
        asked
    }

    fn since(&self, answer: &Value) -> Vec<Asked> {
        let entries = answer.as_array().or_else(|| answer.get("requests")?.as_array());
        let timed = entries.into_iter().flatten().map(|entry| {
            let at = entry["ts"].as_str().and_then(|ts| DateTime::parse_from_rfc3339(ts).ok());
            (at.map(|at| at.to_utc()), entry.clone())
        });
        timed.filter(|(at, _)| at.is_none_or(|at| at >= self.at)).collect()
    }

    fn each<'a>(&'a self, world: &'a World) -> impl Iterator<Item = (&'a Service, Position)> {
        world.services().zip(self.positions.iter().copied())
    }
}

/// One request of a stand-in's log: method, path, status, fault.
fn line(entry: &Value) -> String {
    let word = |key: &str| match &entry[key] {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut line = format!("{} {}", word("method"), word("path"));
    for (label, key) in [("-> ", "status"), ("fault ", "fault"), ("workspace ", "workspace_id")] {
        let value = word(key);
        if !value.is_empty() {
            line.push_str(&format!("  {label}{value}"));
        }
    }
    line
}

fn unasked_end(lines: &[LogLine], since: Position) -> Option<String> {
    let mut asked = false;
    for line in lines.iter().filter(|line| line.stream == Stream::Harness) {
        match line.text.strip_prefix(ENDED) {
            Some(how) if !asked && line.position >= since => return Some(how.to_owned()),
            Some(_) => asked = false,
            None => asked |= ["[harness] Kill", "[harness] Restart", REFUSES].contains(&line.text.as_str()),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::routing::get;
    use secrecy::SecretString;
    use serde_json::json;

    use super::*;
    use crate::engine::testing::{Builder, serve};
    use crate::world::{Control as Order, Endpoint};

    fn two() -> World {
        let server = || Endpoint::Http("http://127.0.0.1:9".into());
        Builder::default().service("alpha", server(), &[]).service("beta", server(), &[]).build()
    }

    #[test]
    fn an_excerpt_holds_what_was_written_since_the_mark_and_no_secret() {
        let world = two();
        let secrets = Secrets::default();
        secrets.add("t", &SecretString::from("hunter2hunter2"));
        let alpha = world.service("alpha").unwrap().logs();
        alpha.push(Stream::Out, "before");
        let mark = Mark::now(&world);
        alpha.push(Stream::Err, "token hunter2hunter2");
        for line in 0..LINES_SHOWN {
            alpha.push(Stream::Out, &line.to_string());
        }
        let logs = mark.logs(&world, &secrets);
        assert_eq!(logs.len(), 1, "beta wrote nothing");
        assert_eq!((logs[0].lines.len(), logs[0].left_out), (LINES_SHOWN, 1));
        alpha.push(Stream::Out, "x");
        assert!(!mark.logs(&world, &secrets)[0].lines.concat().contains("hunter2"));
    }

    #[tokio::test]
    async fn only_an_end_that_nobody_asked_for_is_a_death() {
        let world = two();
        let mark = Mark::now(&world);
        let beta = world.service("beta").unwrap();
        beta.control(Order::Kill).await.unwrap();
        beta.logs().push(Stream::Harness, "[harness] ended with signal SIGKILL");
        assert_eq!(mark.died(&world), None);
        beta.control(Order::Kill).await.unwrap();
        let between = Mark::now(&world);
        beta.logs().push(Stream::Harness, "[harness] ended with signal SIGKILL");
        assert_eq!(between.died(&world), None);
        // A restart that is to be refused ends twice: what ran, and what was started.
        for line in [
            "[harness] Restart",
            "[harness] ended with signal SIGKILL",
            REFUSES,
            "[harness] ended with exit code 1",
        ] {
            beta.logs().push(Stream::Harness, line);
        }
        assert_eq!(between.died(&world), None);
        beta.logs().push(Stream::Harness, "[harness] ended with exit code 101");
        assert_eq!(mark.died(&world), Some(("beta".into(), "exit code 101".into())));
    }

    #[tokio::test]
    async fn what_the_stub_saw_is_told_from_the_mark_on() {
        let log = json!([
            { "ts": "2020-01-01T00:00:00Z", "method": "GET", "path": "/old" },
            { "ts": "2999-01-01T00:00:00Z", "method": "POST", "path": "/new", "status": 500, "fault": "leaky-500" }
        ]);
        let url =
            serve(Router::new().route("/__stub/requests", get(|| async move { axum::Json(log) }))).await;
        let world = Builder::default()
            .service("cp-stub", Endpoint::Http(url), &[])
            .with(|topology| drop(topology.roles.insert("stub".into(), "cp-stub".into())))
            .build();
        let seen = Mark::now(&world).seen(&world, &Secrets::default()).await;
        let expected =
            Seen { who: "cp-stub".into(), lines: vec!["POST /new  -> 500  fault leaky-500".into()] };
        assert_eq!(seen, [expected]);
    }
}
