//! Building programs with cargo, one process at a time.
//!
//! The result is linked into the cache under its digest: a developer's own `cargo build` in
//! between neither disturbs a run nor forces a new build.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use harness_model::topology::Program;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::Command;

use super::OPTIMISED;
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
    let jobs: Vec<&Job> = jobs.iter().filter(|job| options.rebuild || !job.keep.exists()).collect();
    for batch in batches(jobs) {
        if batch.iter().any(|job| has_bugs(&job.program)) {
            let folder = target_folder(options).await?;
            batch.iter().for_each(|job| put_aside(&job.program, &folder));
        }
        let built = cargo(options, &batch).await?;
        for job in batch {
            let file = built.get(&job.program.bin);
            let file = file.ok_or_else(|| failed(&job.program.bin, "cargo built no such program".into()))?;
            keep(file, &job.keep)?;
            take_away(&job.program, file);
        }
    }
    Ok(())
}

/// Jobs that one cargo run can build: no two want another value of one variable.
fn batches(jobs: Vec<&Job>) -> Vec<Vec<&Job>> {
    let mut batches: Vec<(Vec<&Job>, HashMap<String, String>)> = Vec::new();
    for job in jobs {
        let env = environment(job);
        let fits = |taken: &HashMap<String, String>| {
            env.iter().all(|(name, value)| taken.get(name).is_none_or(|other| other == value))
        };
        match batches.iter_mut().find(|(_, taken)| fits(taken)) {
            Some((batch, taken)) => {
                batch.push(job);
                taken.extend(env);
            }
            None => batches.push((vec![job], env)),
        }
    }
    batches.into_iter().map(|(batch, _)| batch).collect()
}

fn environment(job: &Job) -> HashMap<String, String> {
    let program = &job.program;
    let digest = program.digest_env.iter().map(|name| (name.clone(), job.digest.clone()));
    program.build_env.iter().map(|(name, value)| (name.clone(), value.clone())).chain(digest).collect()
}

fn failed(what: &str, output: String) -> WorldError {
    WorldError::Build { what: format!("`{what}`"), output }
}

/// One cargo run; returns the built files by program.
async fn cargo(options: &Options, batch: &[&Job]) -> Result<HashMap<String, PathBuf>, WorldError> {
    let names: Vec<&str> = batch.iter().map(|job| job.program.bin.as_str()).collect();
    let names = names.join(", ");
    options.progress.say(format!("building {names}"));
    let mut child = command(options, batch)
        .spawn()
        .map_err(|error| failed(&names, format!("cargo did not start: {error}")))?;
    let mut errors = child.stderr.take().expect("stderr is piped");
    let gather = tokio::spawn(async move {
        let mut text = String::new();
        errors.read_to_string(&mut text).await.map(|_| text).unwrap_or_default()
    });
    let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
    let mut heard = Heard::default();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Some(crate_name) = serde_json::from_str(&line).ok().and_then(|message| heard.message(&message))
        {
            options.progress.say(format!("building {names}: {crate_name}"));
        }
    }
    let status = child.wait().await.map_err(|error| failed(&names, error.to_string()))?;
    let errors = gather.await.unwrap_or_default();
    if status.success() {
        return Ok(heard.files);
    }
    heard.errors.truncate(ERRORS_SHOWN);
    heard.errors.push(last_lines(&errors, 10));
    Err(failed(&names, heard.errors.join("\n")))
}

/// Features and dependencies are chosen as for the whole workspace, so that a developer's own
/// build of it has compiled most of this already.
fn command(options: &Options, batch: &[&Job]) -> Command {
    let mut command = Command::new(cargo_program());
    command
        .current_dir(&options.root)
        .args(["build", "--message-format=json", "--workspace"])
        .args(OPTIMISED.then_some("--release"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for name in std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).filter(|name| ours(name))
    {
        command.env_remove(name);
    }
    for job in batch {
        command.args(["--bin", &job.program.bin]).envs(environment(job));
        for feature in &job.program.features {
            command.args(["--features", &format!("{}/{feature}", job.program.package)]);
        }
    }
    command
}

fn cargo_program() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Variables that speak of the package that runs now. Build scripts look at them: left in place,
/// each build from inside a test would find them changed and compile half of everything anew.
fn ours(variable: &str) -> bool {
    const PREFIXES: [&str; 4] = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "NEXTEST"];
    const NAMES: [&str; 6] = [
        "CARGO_CRATE_NAME",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_TMPDIR",
        "OUT_DIR",
        "LD_LIBRARY_PATH",
        "RUST_BACKTRACE",
    ];
    PREFIXES.iter().any(|prefix| variable.starts_with(prefix)) || NAMES.contains(&variable)
}

/// Compiler errors that a report shows.
const ERRORS_SHOWN: usize = 3;

/// What cargo said.
#[derive(Default)]
struct Heard {
    files: HashMap<String, PathBuf>,
    errors: Vec<String>,
}

impl Heard {
    /// Takes a message; returns the name of a crate that was compiled just now.
    fn message(&mut self, message: &Value) -> Option<String> {
        match message["reason"].as_str()? {
            "compiler-artifact" => {
                let name = message["target"]["name"].as_str()?;
                if let Some(file) = message["executable"].as_str() {
                    self.files.insert(name.to_owned(), file.into());
                }
                (message["fresh"] == false).then(|| name.to_owned())
            }
            "compiler-message" if message["message"]["level"] == "error" => {
                self.errors.extend(message["message"]["rendered"].as_str().map(str::to_owned));
                None
            }
            _ => None,
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

/// A program with bugs is for witnesses alone: where cargo puts ordinary programs nobody may find it.
fn has_bugs(program: &Program) -> bool {
    program.features.iter().any(|feature| program.bug_features.contains(feature))
}

/// The folder where cargo puts the programs that it builds here.
async fn target_folder(options: &Options) -> Result<PathBuf, WorldError> {
    let failed = |why: String| failed("where cargo builds", why);
    let asked = Command::new(cargo_program())
        .args(["metadata", "--no-deps", "--format-version=1"])
        .current_dir(&options.root)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let told = asked.await.map_err(|error| failed(format!("cargo did not start: {error}")))?;
    let about: Value = serde_json::from_slice(&told.stdout)
        .map_err(|_| failed(last_lines(&String::from_utf8_lossy(&told.stderr), 10)))?;
    let folder = about["target_directory"].as_str().ok_or_else(|| failed("cargo does not tell".into()))?;
    Ok(Path::new(folder).join(if OPTIMISED { "release" } else { "debug" }))
}

/// Where the ordinary program waits while one with bugs is built in its place.
fn aside(built: &Path) -> PathBuf {
    built.with_extension("ordinary")
}

/// Keeps the ordinary program while one with bugs takes its place: somebody may be about to start it.
fn put_aside(program: &Program, folder: &Path) {
    let built = folder.join(&program.bin);
    let _ = fs::remove_file(aside(&built));
    if has_bugs(program) {
        // There may be none yet.
        let _ = fs::hard_link(&built, aside(&built)).or_else(|_| fs::copy(&built, aside(&built)).map(drop));
    }
}

/// Takes a program with bugs from where cargo put it, and puts the ordinary one back. Where there was none, the next
/// ordinary build puts it there, also when nothing has to be compiled.
fn take_away(program: &Program, built: &Path) {
    if has_bugs(program) && fs::rename(aside(built), built).is_err() {
        let _ = fs::remove_file(built);
    }
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
    fn a_program_with_bugs_leaves_the_place_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("program");
        let mut program =
            Program { bin: "program".into(), bug_features: vec!["witness".into()], ..Program::default() };
        for (features, before, stays) in [
            (vec![], Some("old"), Some("new")),
            (vec!["other".to_owned()], Some("old"), Some("new")),
            (vec!["witness".to_owned()], Some("old"), Some("old")),
            (vec!["witness".to_owned()], None, None),
        ] {
            let _ = fs::remove_file(&built);
            before.inspect(|text| fs::write(&built, text).unwrap());
            program.features = features;
            put_aside(&program, folder.path());
            // As cargo does it: a new file in place of the old one.
            let _ = fs::remove_file(&built);
            fs::write(&built, "new").unwrap();
            take_away(&program, &built);
            assert_eq!(fs::read_to_string(&built).ok().as_deref(), stays, "{:?}", program.features);
            let left = fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(left, usize::from(stays.is_some()), "nothing else is left");
        }
    }

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
