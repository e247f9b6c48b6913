//! A project in a temporary folder, and a server for its replays.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// A server that answers the path `/200` with 200, `/404` with 404, and tells its answer in the body.
pub(crate) fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            std::thread::spawn(move || {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request) {
                    let text = String::from_utf8_lossy(&request).into_owned();
                    let status = text.split(['/', ' ']).nth(2).unwrap_or("200").to_owned();
                    let body = format!("{{\"status\":{status}}}");
                    let head = format!(
                        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                        body.len()
                    );
                    if stream.write_all(format!("{head}{body}").as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

/// A project in a temporary folder.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    server: String,
}

/// What the binary said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("replays/a")).unwrap();
        Self { folder, server: server() }
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// A replay with two steps: the first holds, the second expects 200 of a path.
    pub(crate) fn replay(&self, name: &str, path: &str) -> &Self {
        let server = &self.server;
        let text = format!(
            "replay: {name} holds\ntopology: none\nsteps:\n  - name: first\n    http: {{ get: \"{server}/200\" }}\n    \
             expect: {{ status: 200 }}\n  - name: second\n    http: {{ get: \"{server}{path}\" }}\n    \
             expect: {{ status: 200 }}\n"
        );
        self.file(&format!("replays/a/{name}.yaml"), &text)
    }

    pub(crate) fn harness(&self, args: &[&str]) -> Said {
        self.harness_with(args, &[])
    }

    pub(crate) fn harness_with(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.current_dir(self.root()).args(args).env_remove("CI").env_remove("KEEP_UP");
        said(&command.envs(env.iter().copied()).output().unwrap())
    }
}

fn said(output: &Output) -> Said {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

impl Said {
    /// The line with the counts.
    pub(crate) fn summary(&self) -> &str {
        let line = self.out.lines().find(|line| line.starts_with("Replay summary: "));
        let line = line.unwrap_or_else(|| panic!("no summary in {self:?}"));
        line.trim_start_matches("Replay summary: ").split("  ").next().unwrap_or_default()
    }
}
