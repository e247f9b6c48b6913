//! A project in a temporary folder, and a server for its replays.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

/// A server that answers the path `/200` with 200, `/404` and any word with 404, and tells its answer in the body. `/token`
/// gives a secret, `/sse` a stream of three events that stays open.
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
                    let answer = answer(text.split(['/', ' ']).nth(2).unwrap_or("200"));
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

fn answer(path: &str) -> String {
    let told = |status: &str| format!("{{\"status\":{status}}}");
    let (status, body) = match path {
        "sse" => {
            let events = ["one", "two", "late"].map(|text| format!("data: {text}\n\n")).concat();
            return format!("HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\n\r\n{events}");
        }
        "token" => ("200", "{\"status\":200,\"token\":\"hunter2hunter2\"}".to_owned()),
        status if status.bytes().all(|byte| byte.is_ascii_digit()) => (status, told(status)),
        _ => ("404", told("404")),
    };
    let length = body.len();
    let kind = "content-type: application/json";
    format!("HTTP/1.1 {status} x\r\n{kind}\r\ncontent-length: {length}\r\n\r\n{body}")
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

    /// The address of its server.
    pub(crate) fn server(&self) -> &str {
        &self.server
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

    /// Replaces a text in a file of the project; it must be there.
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = fs::read_to_string(self.root().join(path)).unwrap();
        assert!(text.contains(old), "{old} in {text}");
        self.file(path, &text.replace(old, new))
    }

    pub(crate) fn harness(&self, args: &[&str]) -> Said {
        self.harness_with(args, &[])
    }

    pub(crate) fn harness_with(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        said(&self.command(args, env).output().unwrap())
    }

    /// The binary with some arguments, in the project, with nothing of this process's environment that it heeds.
    pub(crate) fn command(&self, args: &[&str], env: &[(&str, &str)]) -> Command {
        self.program(env!("CARGO_BIN_EXE_harness"), args, env)
    }

    /// The same with another binary.
    pub(crate) fn program(&self, binary: &str, args: &[&str], env: &[(&str, &str)]) -> Command {
        let mut command = Command::new(binary);
        command.current_dir(self.root()).args(args);
        for ambient in ["CI", "KEEP_UP", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"] {
            command.env_remove(ambient);
        }
        command.envs(env.iter().copied());
        command
    }
}

pub(crate) fn said(output: &Output) -> Said {
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
