//! The program itself as a child process: only the declared environment, output kept line by line.

use std::{
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::{Child, Command},
};

use super::{DEADLINE, NO_ENGINE, database, eventually};

/// A running `workspace-server`; killed when the value goes.
pub(crate) struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
    _database: Option<Arc<database::Database>>,
}

/// A database that several runs of the program may share.
pub(crate) async fn shared_database() -> Arc<database::Database> {
    Arc::new(database::fresh().await)
}

impl Process {
    /// Starts the program on a fresh database and a port of its own.
    pub(crate) async fn start(env: &[(&str, &str)]) -> Self {
        Self::on(shared_database().await, env)
    }

    /// As [`Self::start`], on a given database.
    pub(crate) fn on(database: Arc<database::Database>, env: &[(&str, &str)]) -> Self {
        let url = database.url().to_owned();
        let with_database = [&[("DATABASE_URL", url.as_str())], env].concat();
        Self { _database: Some(database), ..Self::bare(Path::new("/"), &with_database) }
    }

    /// Starts the program in a folder with nothing but this environment and `PORT=0`.
    pub(crate) fn bare(folder: &Path, env: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workspace-server"));
        command
            .env_clear()
            .env("PORT", "0")
            .env("DOCKER_HOST", NO_ENGINE)
            .envs(env.iter().copied())
            .current_dir(folder)
            .kill_on_drop(true);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let lines = Arc::new(Mutex::new(Vec::new()));
        keep(child.stdout.take().expect("piped"), lines.clone());
        keep(child.stderr.take().expect("piped"), lines.clone());
        Self { child, lines, _database: None }
    }

    /// Everything written so far.
    pub(crate) fn output(&self) -> String {
        self.lines.lock().unwrap().join("\n")
    }

    /// Waits until it listens and says where.
    pub(crate) async fn address(&self) -> String {
        let output = self.said("Platform starting on :").await;
        let port = output.split("Platform starting on :").nth(1).unwrap_or_default();
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        format!("127.0.0.1:{port}")
    }

    /// Waits for a text in its output.
    pub(crate) async fn said(&self, text: &str) -> String {
        eventually(async || self.output(), |output| output.contains(text)).await
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().expect("still running").try_into().expect("a process id");
        kill(Pid::from_raw(id), Signal::SIGTERM).expect("our own child");
    }

    /// Waits for its end; gives the exit code and everything it wrote.
    pub(crate) async fn ended(mut self) -> (Option<i32>, String) {
        let status = tokio::time::timeout(DEADLINE, self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("still running:\n{}", self.output()));
        let lines = self.lines.clone();
        // The readers end with the pipes, shortly after the process.
        eventually(async || Arc::strong_count(&lines), |count| *count <= 2).await;
        (status.expect("a child has a status").code(), self.output())
    }
}

fn keep(pipe: impl AsyncRead + Unpin + Send + 'static, lines: Arc<Mutex<Vec<String>>>) {
    tokio::spawn(async move {
        let mut reader = BufReader::new(pipe).lines();
        while let Ok(Some(line)) = reader.next_line().await {
            lines.lock().unwrap().push(line);
        }
    });
}
