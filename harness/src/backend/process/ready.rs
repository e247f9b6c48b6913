//! Waiting until a service is ready: conditions in order, never durations.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use harness_model::topology::Ready;

use super::child::{Child, describe};
use crate::world::{LogBook, Position, WorldError};

/// How many of the last log lines an error shows.
const TAIL_LINES: usize = 20;
const POLL: Duration = Duration::from_millis(5);

/// A service that is starting.
pub(crate) struct Starting<'a> {
    pub(crate) name: &'a str,
    pub(crate) child: Option<&'a Child>,
    pub(crate) log: &'a LogBook,
    /// Where its log was before it started.
    pub(crate) from: Position,
    /// How it is reached for HTTP and TCP conditions: `127.0.0.1:<port>`.
    pub(crate) address: &'a str,
    pub(crate) http: &'a reqwest::Client,
    pub(crate) within: Duration,
}

impl Starting<'_> {
    /// Waits for each condition in turn.
    pub(crate) async fn wait(&self, conditions: &[Ready]) -> Result<(), WorldError> {
        let deadline = Instant::now() + self.within;
        for condition in conditions {
            let left = deadline.saturating_duration_since(Instant::now());
            let holds = tokio::time::timeout(left, self.holds(condition));
            let ended = async {
                match self.child {
                    Some(child) => child.ended().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                held = holds => match held {
                    Ok(held) => held?,
                    Err(_) => return Err(self.unready(condition)),
                },
                status = ended => return Err(self.ended(condition, status)),
            }
        }
        Ok(())
    }

    async fn holds(&self, condition: &Ready) -> Result<(), WorldError> {
        match condition {
            Ready::Log(text) => {
                match self.log.wait_for(self.from, self.within, |line| line.contains(text)).await {
                    Some(_) => Ok(()),
                    // The deadline is the caller's to tell.
                    None => std::future::pending().await,
                }
            }
            Ready::Http { path, host, status } => {
                while !self.answers(path, host.as_deref(), *status).await {
                    tokio::time::sleep(POLL).await;
                }
                Ok(())
            }
            Ready::Tcp => {
                while tokio::net::TcpStream::connect(self.address).await.is_err() {
                    tokio::time::sleep(POLL).await;
                }
                Ok(())
            }
            Ready::Exit(code) => match self.child {
                Some(child) => {
                    let status = child.ended().await;
                    let right = status.code() == Some(*code);
                    if right { Ok(()) } else { Err(self.ended(condition, status)) }
                }
                None => Err(WorldError::Usage(format!("`{}` is no program: it has no exit code", self.name))),
            },
        }
    }

    async fn answers(&self, path: &str, host: Option<&str>, status: u16) -> bool {
        let mut request = self.http.get(format!("http://{}{path}", self.address));
        if let Some(host) = host {
            request = request.header(reqwest::header::HOST, host);
        }
        request.send().await.is_ok_and(|response| response.status() == status)
    }

    fn unready(&self, condition: &Ready) -> WorldError {
        WorldError::Unready {
            service: self.name.to_owned(),
            condition: shown(condition),
            within: self.within,
            log: self.tail(),
            fix: self.fix(),
        }
    }

    fn ended(&self, condition: &Ready, status: ExitStatus) -> WorldError {
        WorldError::Ended {
            service: self.name.to_owned(),
            status: describe(status),
            condition: shown(condition),
            log: self.tail(),
            fix: self.fix(),
        }
    }

    fn tail(&self) -> String {
        let lines = self.log.tail(TAIL_LINES);
        let lines: Vec<String> = lines.into_iter().map(|line| format!("  | {}", line.text)).collect();
        if lines.is_empty() { "  | (it wrote nothing)".into() } else { lines.join("\n") }
    }

    fn fix(&self) -> String {
        format!("read the lines above; the environment of `{}` is in its topology", self.name)
    }
}

fn shown(condition: &Ready) -> String {
    match condition {
        Ready::Log(text) => format!("a log line with {text:?}"),
        Ready::Http { path, status, .. } => format!("GET {path} answering {status}"),
        Ready::Tcp => "its port accepting a connection".into(),
        Ready::Exit(code) => format!("exit code {code}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::process::child::Order;

    async fn start(script: &str, conditions: &[Ready], within: Duration) -> Result<(), WorldError> {
        crate::install_tls();
        let order = Order {
            service: "toy".into(),
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: Vec::new(),
            folder: std::env::temp_dir(),
        };
        let log = LogBook::in_memory();
        let child = Child::spawn(&order, &log).unwrap();
        let http = reqwest::Client::new();
        let starting = Starting {
            name: "toy",
            child: Some(&child),
            log: &log,
            from: Position(0),
            address: "127.0.0.1:1",
            http: &http,
            within,
        };
        let waited = starting.wait(conditions).await;
        child.kill().await.unwrap();
        waited
    }

    #[tokio::test]
    async fn conditions_hold_in_order() {
        let conditions = [Ready::Log("one".into()), Ready::Log("two".into())];
        start("echo one; echo two; exec sleep 100", &conditions, Duration::from_secs(20)).await.unwrap();
        start("exit 4", &[Ready::Exit(4)], Duration::from_secs(20)).await.unwrap();
    }

    #[tokio::test]
    async fn a_service_that_ends_early_is_told_with_its_last_words() {
        let error = start("echo boom >&2; exit 7", &[Ready::Tcp], Duration::from_secs(20)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`toy` ended with exit code 7") && text.contains("boom"), "{text}");
    }

    #[tokio::test]
    async fn a_condition_that_never_holds_is_named() {
        let condition = [Ready::Log("never".into())];
        let error =
            start("echo hello; exec sleep 100", &condition, Duration::from_millis(200)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("a log line with \"never\"") && text.contains("fix:"), "{text}");
        assert_eq!(error.class(), crate::world::Class::Unready);
    }
}
