//! Building programs with cargo, one process at a time.
//!
//! The result is linked into the cache under its digest: a developer's own `cargo build` in
//! between neither disturbs a run nor forces a new build.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use harness_model::topology::Program;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use crate::backend::process::lock;
use crate::world::{Options, WorldError};

/// One program to build.
pub(super) struct Job {
    pub(super) program: Program,
    pub(super) digest: String,
    /// Where to keep the result.
    pub(super) keep: PathBuf,
}

/// Builds what is missing; several harnesses asking at once build once.
pub(super) async fn run(options: &Options, jobs: &[Job]) -> Result<(), WorldError> {
    let folder = options.cache.join("bin");
    fs::create_dir_all(&folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
    let _lock = lock::exclusive(&folder.join("build.lock")).await?;
    for job in jobs {
        if options.rebuild || !job.keep.exists() {
            options.progress.say(format!("building {}", job.program.bin));
            let built = cargo(options, job).await?;
            keep(&built, &job.keep)?;
        }
    }
    Ok(())
}

async fn cargo(options: &Options, job: &Job) -> Result<PathBuf, WorldError> {
    let program = &job.program;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .current_dir(&options.root)
        .args(["build", "--message-format=json", "--package", &program.package, "--bin", &program.bin])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if !program.features.is_empty() {
        command.args(["--features", &program.features.join(",")]);
    }
    if let Some(name) = &program.digest_env {
        command.env(name, &job.digest);
    }
    let failed = |output: String| WorldError::Build { what: format!("`{}`", program.bin), output };
    let mut child = command.spawn().map_err(|error| failed(format!("cargo did not start: {error}")))?;
    let mut errors = child.stderr.take().expect("stderr is piped");
    let gather = tokio::spawn(async move {
        let mut text = String::new();
        errors.read_to_string(&mut text).await.map(|_| text).unwrap_or_default()
    });
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let (mut file, mut rendered) = (None, Vec::new());
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(message) = serde_json::from_str::<Value>(&line) else { continue };
        match message["reason"].as_str() {
            Some("compiler-artifact") => {
                let name = message["target"]["name"].as_str().unwrap_or_default();
                if name == program.bin && message["executable"].is_string() {
                    file = message["executable"].as_str().map(PathBuf::from);
                } else if message["fresh"] == false {
                    options.progress.say(format!("building {}: {name}", program.bin));
                }
            }
            Some("compiler-message") if message["message"]["level"] == "error" => {
                rendered.extend(message["message"]["rendered"].as_str().map(str::to_owned));
            }
            _ => {}
        }
    }
    let status = child.wait().await.map_err(|error| failed(error.to_string()))?;
    let errors = gather.await.unwrap_or_default();
    match file {
        Some(file) if status.success() => Ok(file),
        _ => {
            rendered.push(last_lines(&errors, 20));
            Err(failed(rendered.join("\n")))
        }
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Keeps a program under its digest; older ones of the same name go.
fn keep(built: &Path, keep: &Path) -> Result<(), WorldError> {
    let failed = || WorldError::io(format!("keep {}", keep.display()));
    let next = keep.with_extension("next");
    let _ = fs::remove_file(&next);
    // Cargo replaces a program by a new file, so that a link keeps this content.
    if fs::hard_link(built, &next).is_err() {
        fs::copy(built, &next).map_err(failed())?;
    }
    fs::rename(&next, keep).map_err(failed())?;
    forget_older(keep);
    Ok(())
}

/// Programs of one name that stay in the cache: branches are switched back and forth.
const KEPT_MAX: usize = 3;

fn forget_older(keep: &Path) {
    let Some((folder, name)) = keep.parent().zip(keep.file_name().and_then(|name| name.to_str())) else {
        return;
    };
    let Some((prefix, _)) = name.rsplit_once('-') else { return };
    let same = |file: &str| file.rsplit_once('-').is_some_and(|(other, _)| other == prefix);
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_str().is_some_and(same))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    files.sort();
    let surplus = files.len().saturating_sub(KEPT_MAX);
    for (_, file) in files.into_iter().filter(|(_, file)| file != keep).take(surplus) {
        let _ = fs::remove_file(file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_program_survives_the_next_build_and_old_ones_go() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("target-program");
        for turn in 0..6 {
            // As cargo does it: a new file in place of the old one.
            let _ = fs::remove_file(&built);
            fs::write(&built, format!("version {turn}")).unwrap();
            keep(&built, &folder.path().join(format!("program-{turn}"))).unwrap();
        }
        let _ = fs::remove_file(&built);
        let kept = fs::read_to_string(folder.path().join("program-5")).unwrap();
        assert_eq!(kept, "version 5");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), KEPT_MAX);
    }
}
