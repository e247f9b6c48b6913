//! Runs a program to its end with a closed environment, bounded time and bounded output.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use thiserror::Error;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;
use tokio::time::timeout;

/// The most that is kept of each output.
const OUTPUT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The executable.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment, apart from `PATH`.
    pub env: Vec<(String, String)>,
    /// Its working folder.
    pub folder: PathBuf,
    /// What it reads on standard input.
    pub stdin: Option<String>,
    /// It is killed after this long.
    pub timeout: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its exit code; `None` after a signal.
    pub exit: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

/// It has no end that could be judged.
#[derive(Debug, Error)]
pub enum ProgramError {
    /// It could not be started, or its output not be read.
    #[error("cannot {what} `{program}`: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// The executable.
        program: String,
        /// Why.
        source: std::io::Error,
    },
    /// It was killed because its time was over.
    #[error("`{program}` did not end within {after:?}; `timeout` of the step gives it longer\n{output}")]
    Timeout {
        /// The executable.
        program: String,
        /// Its time.
        after: Duration,
        /// What it had written.
        output: String,
    },
}

impl Invocation {
    /// Runs it to its end.
    ///
    /// # Errors
    /// When it could not be started or had to be killed. Any exit code is an end.
    pub async fn run(&self) -> Result<Ended, ProgramError> {
        let mut child = self.command().spawn().map_err(self.failed("start"))?;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let (out, err) = (child.stdout.take(), child.stderr.take());
        if let (Some(text), Some(mut stdin)) = (&self.stdin, child.stdin.take()) {
            // A program that does not read its input is judged by its end, not by this.
            let _ = timeout(self.timeout, stdin.write_all(text.as_bytes())).await;
        }
        let ending = async {
            tokio::try_join!(drain(out, &mut stdout), drain(err, &mut stderr), async { child.wait().await })
        };
        let ended = timeout(self.timeout, ending).await;
        let (stdout, stderr) = (text(&stdout), text(&stderr));
        match ended {
            Ok(done) => {
                let (.., status) = done.map_err(self.failed("read the output of"))?;
                Ok(Ended { exit: status.code(), stdout, stderr })
            }
            Err(_) => Err(ProgramError::Timeout {
                program: self.program.display().to_string(),
                after: self.timeout,
                output: format!("{stdout}{stderr}"),
            }),
        }
    }

    fn failed(&self, what: &'static str) -> impl FnOnce(std::io::Error) -> ProgramError {
        let program = self.program.display().to_string();
        move |source| ProgramError::Io { what, program, source }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        let path = std::env::var_os("PATH").unwrap_or_else(|| OsString::from("/usr/bin:/bin"));
        command
            .args(&self.args)
            .env_clear()
            .env("PATH", path)
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .current_dir::<&Path>(&self.folder)
            .stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

async fn drain(source: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) -> std::io::Result<()> {
    let Some(mut source) = source else { return Ok(()) };
    let mut block = vec![0; 16 * 1024];
    loop {
        let got = source.read(&mut block).await?;
        if got == 0 {
            return Ok(());
        }
        // Read on beyond the bound, so that the program is not stopped by a full pipe.
        let room = OUTPUT_BYTES_MAX.saturating_sub(kept.len()).min(got);
        kept.extend_from_slice(&block[..room]);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing::turn_clock;

    fn shell(script: &str) -> Invocation {
        Invocation {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            env: vec![("ONLY".into(), "this".into())],
            folder: "/".into(),
            stdin: None,
            timeout: Duration::from_secs(20),
        }
    }

    #[tokio::test]
    async fn exit_code_and_both_outputs_are_kept() {
        let ended = shell("echo out; echo err >&2; exit 3").run().await.unwrap();
        assert_eq!(ended, Ended { exit: Some(3), stdout: "out\n".into(), stderr: "err\n".into() });
    }

    #[tokio::test]
    async fn a_program_gets_only_the_declared_environment_and_input() {
        let mut program = shell("echo \"$ONLY $HOME\"; cat");
        program.stdin = Some("typed".into());
        assert_eq!(program.run().await.unwrap().stdout, "this \ntyped");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_and_shown() {
        let folder = tempfile::tempdir().unwrap();
        let written = folder.path().join("written");
        let mut program = shell(&format!("echo started; : > {}; exec sleep 60", written.display()));
        program.timeout = Duration::from_hours(1);
        let time_passes = async {
            while !written.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            turn_clock(program.timeout).await;
        };
        let (ended, ()) = tokio::join!(program.run(), time_passes);
        let error = ended.unwrap_err();
        assert!(error.to_string().contains("started"), "{error}");
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let program = Invocation { program: "/no/such/program".into(), ..shell("") };
        assert!(program.run().await.unwrap_err().to_string().contains("/no/such/program"));
    }
}
