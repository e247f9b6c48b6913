//! Worlds in containers, through the real program: nothing may be left of them, however the harness ends.
//!
//! They need a container engine. Without one each test says so and names itself.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

/// A cache of its own, and with it a project label of its own: other runs of this machine are not met.
struct Ground {
    cache: tempfile::TempDir,
}

impl Ground {
    fn new() -> Self {
        Self { cache: tempfile::tempdir().unwrap() }
    }

    fn harness(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command
            .args(args)
            .env("HARNESS_CACHE", self.cache.path())
            .env_remove("CI")
            .current_dir(root())
            .stdin(Stdio::null());
        command
    }

    /// What the engine holds of this ground: containers, networks and volumes.
    fn left(&self) -> Vec<String> {
        let label = format!("label=harness.project={}", self.label());
        let lists: [&[&str]; 3] = [&["ps", "-aq"], &["network", "ls", "-q"], &["volume", "ls", "-q"]];
        lists.iter().flat_map(|list| docker(&[list, &["--filter", &label][..]].concat())).collect()
    }

    fn label(&self) -> String {
        use sha2::Digest as _;
        let path = self.cache.path().canonicalize().unwrap();
        hex::encode(&sha2::Sha256::digest(path.as_os_str().as_encoded_bytes())[..4])
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        let _ = self.harness(&["down", "--all"]).output();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("harness/ lies in the root").into()
}

fn docker(args: &[&str]) -> Vec<String> {
    let output = Command::new("docker").args(args).output().unwrap();
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Whether an engine answers; says by name what is not judged without one.
fn engine(test: &str) -> bool {
    let answers = Command::new("docker").arg("info").output().is_ok_and(|output| output.status.success());
    if !answers {
        eprintln!("SKIPPED  {test}: no container engine answers");
    }
    answers
}

/// What the engine tells of as it happens: every container, network and volume that is made, joined, started or ended.
struct Happenings {
    docker: Child,
    told: Receiver<String>,
}

impl Happenings {
    fn watch() -> Self {
        let types = ["container", "network", "volume"].map(|what| format!("type={what}"));
        let filters = types.iter().flat_map(|filter| ["--filter", filter]);
        let mut docker = Command::new("docker");
        let docker = docker.args(["events", "--format", "{{.Type}} {{.Action}}"]).args(filters);
        let mut docker = docker.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(docker.stdout.take().unwrap()).lines();
        let (tell, told) = channel();
        // Ends with the command, or with its listener.
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        Self { docker, told }
    }

    /// Waits for so many of them while a run goes on; what the last one was, none when the run ended first.
    fn nth(&self, count: usize, run: &mut Child) -> Option<String> {
        let mut last = None;
        for _ in 0..count {
            last = loop {
                match self.told.recv_timeout(Duration::from_millis(20)) {
                    Ok(line) => break Some(line),
                    Err(_) if run.try_wait().unwrap().is_some() => return None,
                    Err(_) => {}
                }
            };
        }
        last
    }
}

impl Drop for Happenings {
    fn drop(&mut self) {
        let _ = self.docker.kill();
        let _ = self.docker.wait();
    }
}

#[test]
fn a_green_run_leaves_nothing_in_the_engine() {
    if !engine("a_green_run_leaves_nothing_in_the_engine") {
        return;
    }
    let ground = Ground::new();
    let output =
        ground.harness(&["run", "--backend", "docker", "--exact", "layers-active"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("1 passed") && text.contains("on the docker backend"), "{text}");
    assert_eq!(ground.left(), Vec::<String>::new());
}

/// A folder that reads as the project and is not: what a world there notes of itself meets nobody's.
fn twin() -> tempfile::TempDir {
    let twin = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root()).unwrap() {
        let entry = entry.unwrap();
        if ![".git", ".harness", "target"].contains(&entry.file_name().to_str().unwrap()) {
            std::os::unix::fs::symlink(entry.path(), twin.path().join(entry.file_name())).unwrap();
        }
    }
    twin
}

#[test]
fn a_world_that_stays_is_seeded_used_and_taken_down_whole() {
    if !engine("a_world_that_stays_is_seeded_used_and_taken_down_whole") {
        return;
    }
    let (ground, twin) = (Ground::new(), twin());
    let does = |args: &[&str]| {
        let output = ground.harness(args).current_dir(twin.path()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        text
    };
    assert!(does(&["up", "--backend", "docker"]).contains("on the docker backend"));
    does(&["seed"]);
    let there = ground.left().len();
    let said = does(&["run", "--kept", "v0_3_parts_text_only"]);
    assert!(said.contains("1 passed") && said.contains("on the docker backend"), "{said}");
    assert_eq!(ground.left().len(), there, "the run was a guest and made nothing");
    does(&["down"]);
    assert_eq!(ground.left(), Vec::<String>::new());
}

/// How many moments a killed harness is tried at, and how many happenings the latest of them lies behind: a run of one
/// replay has about so many, from the first network to the last volume.
const MOMENTS: usize = 20;
const LATEST: usize = 120;

/// Each round is killed at a random moment of what the engine does for it. `HARNESS_KILL_SEED` brings moments back.
#[test]
fn a_harness_that_is_killed_at_any_moment_leaves_nothing_after_the_next_command() {
    if !engine("a_harness_that_is_killed_at_any_moment_leaves_nothing_after_the_next_command") {
        return;
    }
    let given = std::env::var("HARNESS_KILL_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random::<u64>);
    eprintln!("HARNESS_KILL_SEED={seed} kills at the same moments");
    let mut chance = StdRng::seed_from_u64(seed);
    let ground = Ground::new();
    let run = &["run", "--backend", "docker", "--exact", "layers-active"];
    for round in 1..=MOMENTS {
        let moment = chance.random_range(1..=LATEST);
        let happenings = Happenings::watch();
        let mut child = ground.harness(run).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let last = happenings.nth(moment, &mut child);
        if last.is_some() {
            child.kill().unwrap();
        }
        child.wait().unwrap();
        let down = ground.harness(&["down", "--all"]).output().unwrap();
        let told = format!("seed {seed}, round {round}, killed at happening {moment} ({last:?})");
        eprintln!("{told}");
        assert_eq!(down.status.code(), Some(0), "{told}: {}", String::from_utf8_lossy(&down.stderr));
        assert_eq!(ground.left(), Vec::<String>::new(), "{told}");
    }
}
