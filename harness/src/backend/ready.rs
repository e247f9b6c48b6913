//! Waiting until a service is ready: conditions in order, never durations.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use harness_model::topology::Ready;

use crate::world::{Boot, LastWords, LogBook, Position, REFUSES, Reboot, Stream, WorldError};

/// How many of the last log lines an error shows.
const TAIL_LINES: usize = 20;
const POLL: Duration = Duration::from_millis(5);

/// What runs and may end: a child process or a container.
pub(crate) trait Running: Send + Sync {
    /// Waits until it ends.
    fn ended(&self) -> BoxFuture<'_, Ended>;
}

/// How something ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// Its exit code, unless a signal ended it.
    pub(crate) code: Option<i32>,
    /// The same as people say it.
    pub(crate) text: String,
}

/// What a service is waited for with: at its start and at every restart.
#[derive(Clone)]
pub(crate) struct Awaited {
    pub(crate) name: String,
    pub(crate) conditions: Vec<Ready>,
    pub(crate) log: LogBook,
    /// How it is reached for HTTP and TCP conditions: `<host>:<port>`.
    pub(crate) address: String,
    pub(crate) http: reqwest::Client,
    pub(crate) within: Duration,
}

/// A service that is starting.
struct Starting<'a> {
    of: &'a Awaited,
    running: Option<&'a dyn Running>,
    from: Position,
}

impl Awaited {
    /// Waits for each condition in turn. `running` is what runs the service, none when it is a task of this
    /// process; `from` is where its log was before it started.
    pub(crate) async fn ready(
        &self,
        running: Option<&dyn Running>,
        from: Position,
    ) -> Result<(), WorldError> {
        Starting { of: self, running, from }.wait().await
    }

    /// Where its log is before it is started anew. An end that is expected is told before it can come.
    pub(crate) fn before(&self, reboot: &Reboot) -> Position {
        if reboot.refuses {
            self.log.push(Stream::Harness, REFUSES);
        }
        self.log.position()
    }

    /// As [`Awaited::ready`], or until it ends, when that is what it is to do.
    pub(crate) async fn booted(
        &self,
        reboot: &Reboot,
        running: &dyn Running,
        from: Position,
    ) -> Result<Boot, WorldError> {
        match self.ready(Some(running), from).await {
            Ok(()) => Ok(Boot::Ready),
            Err(WorldError::Ended { .. }) if reboot.refuses => {
                Ok(Boot::Ended(self.last_words(running.ended().await, from)))
            }
            Err(WorldError::Unready { .. }) if reboot.refuses => Ok(Boot::Neither),
            Err(error) => Err(error),
        }
    }

    fn last_words(&self, ended: Ended, from: Position) -> LastWords {
        let lines = self.log.since(from);
        let of = |stream| {
            let lines = lines.iter().filter(|line| line.stream == stream);
            lines.map(|line| format!("{}\n", line.text)).collect()
        };
        LastWords { code: ended.code, how: ended.text, stdout: of(Stream::Out), stderr: of(Stream::Err) }
    }
}

impl Starting<'_> {
    async fn wait(&self) -> Result<(), WorldError> {
        let deadline = Instant::now() + self.of.within;
        for condition in &self.of.conditions {
            let left = deadline.saturating_duration_since(Instant::now());
            let holds = tokio::time::timeout(left, self.holds(condition));
            let ended = async {
                match self.running {
                    Some(running) => running.ended().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                held = holds => match held {
                    Ok(held) => held?,
                    Err(_) => return Err(self.unready(condition)),
                },
                ended = ended => return Err(self.ended(condition, ended)),
            }
        }
        Ok(())
    }

    async fn holds(&self, condition: &Ready) -> Result<(), WorldError> {
        match condition {
            Ready::Log(text) => {
                match self.of.log.wait_for(self.from, self.of.within, |line| line.contains(text)).await {
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
                while tokio::net::TcpStream::connect(&self.of.address).await.is_err() {
                    tokio::time::sleep(POLL).await;
                }
                Ok(())
            }
            Ready::Exit(code) => match self.running {
                Some(running) => {
                    let ended = running.ended().await;
                    let right = ended.code == Some(*code);
                    if right { Ok(()) } else { Err(self.ended(condition, ended)) }
                }
                None => {
                    Err(WorldError::Usage(format!("`{}` is no program: it has no exit code", self.of.name)))
                }
            },
        }
    }

    async fn answers(&self, path: &str, host: Option<&str>, status: u16) -> bool {
        let mut request = self.of.http.get(format!("http://{}{path}", self.of.address));
        if let Some(host) = host {
            request = request.header(reqwest::header::HOST, host);
        }
        request.send().await.is_ok_and(|response| response.status() == status)
    }

    fn unready(&self, condition: &Ready) -> WorldError {
        WorldError::Unready {
            service: self.of.name.clone(),
            condition: shown(condition),
            within: self.of.within,
            log: self.tail(),
            fix: self.fix(),
        }
    }

    fn ended(&self, condition: &Ready, ended: Ended) -> WorldError {
        WorldError::Ended {
            service: self.of.name.clone(),
            status: ended.text,
            condition: shown(condition),
            log: self.tail(),
            fix: self.fix(),
        }
    }

    fn tail(&self) -> String {
        let lines = self.of.log.tail(TAIL_LINES);
        let lines: Vec<String> = lines.into_iter().map(|line| format!("  | {}", line.text)).collect();
        if lines.is_empty() { "  | (it wrote nothing)".into() } else { lines.join("\n") }
    }

    fn fix(&self) -> String {
        format!("read the lines above; the environment of `{}` is in its topology", self.of.name)
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
    use crate::backend::process::child::{Child, Order};

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
        let awaited = Awaited {
            name: "toy".into(),
            conditions: conditions.to_vec(),
            log,
            address: "127.0.0.1:1".into(),
            http: reqwest::Client::new(),
            within,
        };
        let waited = awaited.ready(Some(&child), Position(0)).await;
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
