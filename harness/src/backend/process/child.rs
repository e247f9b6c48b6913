//! One child process: its own process group, only the declared environment, its output in a log.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use futures_util::future::BoxFuture;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, BufReader};
use tokio::process::Command;
use tokio::sync::watch;

use crate::backend::ready::{Ended, Running};
use crate::world::{LogBook, Looked, Stream, WorldError};

const LINE_BYTES_MAX: u64 = 64 * 1024;
/// How long the end of a child waits for its last lines: they come at once, unless a grandchild holds the pipe.
const LAST_LINES_WITHIN: Duration = Duration::from_secs(3);

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    /// The service it is.
    pub(crate) service: String,
    /// The program file.
    pub(crate) program: PathBuf,
    /// Its arguments.
    pub(crate) args: Vec<String>,
    /// Its whole environment.
    pub(crate) env: Vec<(String, Looked)>,
    /// Its working directory.
    pub(crate) folder: PathBuf,
}

/// A running child. Dropping it does not end it: the world's teardown or the keeper does.
#[derive(Debug)]
pub(crate) struct Child {
    group: Pid,
    ended: watch::Receiver<Option<ExitStatus>>,
}

impl Child {
    /// Starts it.
    pub(crate) fn spawn(order: &Order, log: &LogBook) -> Result<Self, WorldError> {
        Self::spawn_as(order, log, |_| {})
    }

    /// Starts it with further settings, such as another user.
    pub(crate) fn spawn_as(
        order: &Order,
        log: &LogBook,
        further: impl FnOnce(&mut Command),
    ) -> Result<Self, WorldError> {
        let mut command = Command::new(&order.program);
        command
            .args(&order.args)
            .env_clear()
            .envs(order.env.iter().map(|(name, value)| (name, value.expose())))
            .current_dir(&order.folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        further(&mut command);
        let what = format!("start `{}` ({})", order.service, order.program.display());
        let mut child = command.spawn().map_err(WorldError::io(what))?;
        let id = child.id().expect("a child that was not waited for has an id");
        let group = Pid::from_raw(i32::try_from(id).expect("process ids fit an i32"));
        let readers = [
            child.stdout.take().map(|out| tokio::spawn(copy(out, log.clone(), Stream::Out))),
            child.stderr.take().map(|err| tokio::spawn(copy(err, log.clone(), Stream::Err))),
        ];
        let (tell, ended) = watch::channel(None);
        let log = log.clone();
        tokio::spawn(async move {
            let status = child.wait().await.unwrap_or_else(|_| ExitStatus::from_raw(-1));
            // What it wrote last is often why it ended; a grandchild may hold the pipe open for
            // longer, which must not hide the end.
            for reader in readers.into_iter().flatten() {
                let _ = tokio::time::timeout(LAST_LINES_WITHIN, reader).await;
            }
            log.push(Stream::Harness, &format!("[harness] ended with {}", describe(status)));
            tell.send_replace(Some(status));
        });
        Ok(Self { group, ended })
    }

    /// Its process group, which is also its process id.
    pub(crate) fn group(&self) -> i32 {
        self.group.as_raw()
    }

    /// How it ended, if it has.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        *self.ended.borrow()
    }

    /// Waits until it ends.
    pub(crate) async fn ended(&self) -> ExitStatus {
        let mut ended = self.ended.clone();
        match ended.wait_for(Option::is_some).await {
            Ok(status) => status.unwrap_or_default(),
            // The waiter is gone only when the runtime is shutting down.
            Err(_) => ExitStatus::from_raw(-1),
        }
    }

    /// Signals its whole group.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), WorldError> {
        match killpg(self.group, signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(errno) => Err(WorldError::io(format!("signal group {}", self.group))(errno.into())),
        }
    }

    /// Ends it at once and waits until it is gone.
    pub(crate) async fn kill(&self) -> Result<(), WorldError> {
        if self.status().is_none() {
            self.signal(Signal::SIGKILL)?;
        }
        self.ended().await;
        // What the child started and left behind.
        self.signal(Signal::SIGKILL)
    }
}

impl Running for Child {
    fn ended(&self) -> BoxFuture<'_, Ended> {
        Box::pin(async {
            let status = Self::ended(self).await;
            Ended { code: status.code(), text: describe(status) }
        })
    }
}

/// An exit status as people say it.
pub(crate) fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => {
            format!("signal {}", Signal::try_from(signal).map_or("unknown", Signal::as_str))
        }
        (None, None) => "an unknown status".into(),
    }
}

async fn copy(from: impl AsyncRead + Unpin, log: LogBook, stream: Stream) {
    let mut reader = BufReader::new(from);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line without end must not fill the memory: it is cut into several.
        match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
            Ok(0) | Err(_) => return,
            Ok(_) => log.push(stream, String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r'])),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Position;

    const SOON: Duration = Duration::from_secs(10);

    fn shell(script: &str, env: &[(&str, &str)]) -> Order {
        Order {
            service: "toy".into(),
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: env.iter().map(|(k, v)| ((*k).into(), Looked::Plain((*v).into()))).collect(),
            folder: std::env::temp_dir(),
        }
    }

    #[tokio::test]
    async fn a_child_sees_only_the_declared_environment() {
        let log = LogBook::in_memory();
        let child = Child::spawn(&shell("env; echo oops >&2; exit 3", &[("ONLY", "this")]), &log).unwrap();
        assert_eq!(child.ended().await.code(), Some(3));
        let lines = log.since(Position(0));
        let names: Vec<_> = lines
            .iter()
            .filter(|line| line.stream == Stream::Out)
            .filter_map(|line| line.text.split_once('=').map(|(name, _)| name.to_owned()))
            // A shell sets these by itself.
            .filter(|name| !matches!(name.as_str(), "PWD" | "SHLVL" | "_" | "OLDPWD"))
            .collect();
        assert_eq!(names, ["ONLY"]);
        assert!(lines.iter().any(|line| line.stream == Stream::Err && line.text == "oops"));
        assert!(lines.iter().any(|line| line.text == "[harness] ended with exit code 3"), "{lines:?}");
    }

    #[tokio::test]
    async fn killing_a_child_also_ends_what_it_started() {
        let log = LogBook::in_memory();
        let child = Child::spawn(&shell("sleep 1000 & echo $!; wait", &[("PATH", "/bin:/usr/bin")]), &log);
        let child = child.unwrap();
        let line = log.wait_for(Position(0), SOON, |line| line.parse::<i32>().is_ok()).await.unwrap();
        let grandchild = Pid::from_raw(line.text.parse().unwrap());
        child.kill().await.unwrap();
        // A reparented zombie may linger until init reaps it; it no longer runs either way.
        let gone = async {
            while nix::sys::signal::kill(grandchild, None).is_ok() && !is_zombie(grandchild) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(SOON, gone).await.expect("the grandchild is gone");
    }

    fn is_zombie(pid: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}
