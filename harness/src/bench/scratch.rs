//! A project in a temporary folder, the same requests as a peer's files, and both programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::Command;

use super::BenchError;

/// The peer that runs HTTP files.
pub(super) const HURL: &str = "hurl";
/// Shown where it is missing.
pub(super) const NO_HURL: &str = "hurl: not installed (cargo install hurl)";

/// A project that needs no world, and the peer's files beside it.
pub(super) struct Scratch {
    folder: TempDir,
    program: PathBuf,
}

impl Scratch {
    pub(super) fn new(program: &Path) -> Result<Self, BenchError> {
        let folder = tempfile::tempdir().map_err(BenchError::io("make a temporary folder"))?;
        let replays = folder.path().join("replays/bench");
        fs::create_dir_all(replays).map_err(BenchError::io("make a temporary project"))?;
        Ok(Self { folder, program: program.to_owned() })
    }

    /// A replay with one checked request, so many times.
    pub(super) fn replay(&self, name: &str, url: &str, times: usize) -> Result<(), BenchError> {
        let request = format!(
            "http: {{ get: \"{url}\" }}\n{{}}expect: {{ status: 200, json: {{ status: ok, count: {{ at_least: 1 }} }} }}"
        );
        let steps = match times {
            1 => format!("  - {}", request.replace("{}", "    ")),
            _ => format!(
                "  - repeat:\n      times: {times}\n      steps:\n        - {}",
                request.replace("{}", "          ")
            ),
        };
        let text = format!("replay: {name} answers\ntopology: none\nsteps:\n{steps}\n");
        self.write(&format!("replays/bench/{name}.yaml"), &text)
    }

    /// The same for the peer.
    pub(super) fn hurl(&self, name: &str, url: &str, times: usize) -> Result<(), BenchError> {
        let text = format!(
            "GET {url}\n[Options]\nrepeat: {times}\nHTTP 200\n[Asserts]\njsonpath \"$.status\" == \"ok\"\njsonpath \"$.count\" >= 1\n"
        );
        self.write(&format!("{name}.hurl"), &text)
    }

    fn write(&self, path: &str, text: &str) -> Result<(), BenchError> {
        fs::write(self.folder.path().join(path), text).map_err(BenchError::io("write a temporary project"))
    }

    /// Runs the harness here; it must be green.
    pub(super) async fn harness(&self, args: &[&str]) -> Result<(), BenchError> {
        self.green(Command::new(&self.program).args(args)).await
    }

    /// Runs the peer on files here; it must be green.
    pub(super) async fn peer(&self, args: &[&str], files: &[String]) -> Result<(), BenchError> {
        self.green(Command::new(HURL).args(args).args(files)).await
    }

    async fn green(&self, command: &mut Command) -> Result<(), BenchError> {
        let command = command.current_dir(self.folder.path()).env_remove("CI").env_remove("KEEP_UP");
        let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
        let output = output.await.map_err(BenchError::io("start a measured program"))?;
        if output.status.success() {
            return Ok(());
        }
        let program = command.as_std().get_program().to_string_lossy().into_owned();
        let text = [output.stdout, output.stderr].concat();
        Err(BenchError::Red { program, output: String::from_utf8_lossy(&text).into_owned() })
    }
}

/// Whether the peer is on this machine.
pub(super) async fn has_hurl() -> bool {
    let asked = Command::new(HURL).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.await.is_ok_and(|status| status.success())
}
