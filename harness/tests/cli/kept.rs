//! Judging in a world that is kept: what it serves, and when it is refused.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::project::Said;
use super::world::Worlds;

/// What this world is asked besides what every world is: data in it, and a variant.
const MORE: &str =
    "\nseed: replays/parts/seed.yaml\nvariants: { loud: { toy: { env: { WORD: hello-loud } } } }\n";
const SEED: &str = "part: there is a page\noutputs: [page]\nsteps:\n  - let: { page: \"page-${uuid}\" }\n";
const USES_SEED: &str = "replay: the seeded page is there\nworld: shared\nsteps:\n  - use: { part: replays/parts/seed.yaml }\n  - http: { as: \
                         anyone, get: \"/${page}\" }\n    expect: { status: 200 }\n";
const LOUD: &str = "replay: it can be loud\nworld: shared\nvariants: [loud]\nsteps:\n  - logs: { of: toy, since: boot }\n    expect: { text: { \
                    contains: hello-loud } }\n";
const ROUGH: &str = "replay: it can be killed\nsteps:\n  - service: { restart: toy }\n  - logs: { of: toy, since: boot }\n    \
                     expect: { text: { contains: hello } }\n";

/// A project with a world that can be seeded. Whatever is up at the end goes down.
struct Kept(Worlds);

impl Kept {
    fn new() -> Self {
        let worlds = Worlds::new();
        worlds.0.edit("fixtures/topologies/two-tenants.yaml", "\nroles:", &format!("{MORE}roles:"));
        worlds.0.file("replays/parts/seed.yaml", SEED);
        worlds.0.file("replays/a/seeded.yaml", USES_SEED);
        worlds.0.file("replays/a/loud.yaml", LOUD).file("replays/a/rough.yaml", ROUGH);
        worlds.replay("plain", "");
        Self(worlds)
    }

    /// A command, green.
    fn does(&self, args: &[&str]) -> Said {
        let said = self.0.harness(args);
        assert_eq!(said.code, 0, "{args:?}: {said:?}");
        said
    }

    /// A command that is refused as wrong set-up, with what it says.
    fn refuses(&self, args: &[&str]) -> String {
        let said = self.0.harness(args);
        assert_eq!(said.code, 2, "{args:?}: {said:?}");
        said.err
    }

    /// What the last run told, as one text.
    fn last_run(&self) -> String {
        let runs = std::fs::read_dir(self.0.0.root().join(".harness/runs")).unwrap();
        let mut logs: Vec<_> =
            runs.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        logs.sort_by_key(|path| std::fs::metadata(path).unwrap().modified().unwrap());
        std::fs::read_to_string(logs.pop().unwrap()).unwrap()
    }

    /// A value of one of the files below `.harness`.
    fn told(&self, file: &str, pointer: &str) -> String {
        let text = std::fs::read_to_string(self.0.0.root().join(".harness").join(file)).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        value.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.0.harness(&["down", "--all"]);
    }
}

/// Ledger: HARN-138.
#[test]
fn a_run_in_a_world_without_a_seed_of_its_own_is_refused_and_names_the_seed() {
    let kept = Kept::new();
    assert!(kept.refuses(&["run", "--kept", "seeded"]).contains("harness up"));
    kept.does(&["up"]);
    assert!(kept.refuses(&["run", "--kept", "seeded"]).contains("fix: harness seed"));

    kept.does(&["seed"]);
    kept.does(&["run", "--kept", "seeded"]);
    let (world, page) = (kept.told("up.json", "/world"), kept.told("seed.json", "/values/page"));
    let log = kept.last_run();
    assert!(log.contains(&format!("/{page}")), "what the seed left is used: {log}");
    assert!(log.contains(&format!("\"world\":\"{world}\"")), "{log}");

    // The file of an earlier world says nothing about this one.
    kept.does(&["down"]);
    kept.does(&["up"]);
    let stale = kept.refuses(&["run", "--kept", "seeded"]);
    assert!(stale.contains(&format!("of world {world}")) && stale.contains("fix: harness seed"), "{stale}");
}

#[test]
fn a_case_that_asks_for_another_world_or_disturbs_it_gets_its_own() {
    let kept = Kept::new();
    kept.does(&["up"]);
    kept.does(&["seed"]);
    let world = kept.told("up.json", "/world");
    let said = kept.does(&["run", "--kept"]);
    assert!(said.summary().starts_with("4 passed"), "{said:?}");
    let own = |why: &str| format!("a world of its own, since {why}: replay::a::");
    for why in [
        own("it asks for variant loud") + "loud",
        own("it disturbs toy") + "rough",
        own("it asks for a fresh one") + "plain",
    ] {
        assert!(said.out.contains(&why), "{why} in {}", said.out);
    }
    let log = kept.last_run();
    let taken: Vec<&str> = log.lines().filter(|line| line.contains("\"world_taken\"")).collect();
    let as_guests: Vec<_> = taken.iter().filter(|line| line.contains(&world)).collect();
    assert!(taken.len() == 4 && as_guests.len() == 1 && as_guests[0].contains("seeded"), "{taken:#?}");
    // It is still up: the run was a guest.
    assert!(kept.does(&["up"]).out.contains("is already up"));
    assert!(kept.does(&["down"]).out.contains("the world is down"));
    assert_eq!(kept.0.processes().into_iter().filter(|it| it.contains("toy")).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn a_kept_world_that_is_not_what_the_working_tree_says_is_refused() {
    let kept = Kept::new();
    kept.does(&["up"]);
    kept.does(&["seed"]);
    kept.0.0.file("source", "2");
    let stale = kept.refuses(&["run", "--kept", "plain"]);
    assert!(
        stale.contains("`toy` is stale") && stale.contains("fix: harness down, then harness up"),
        "{stale}"
    );
    kept.0.0.file("source", "1");
    kept.does(&["run", "--kept", "plain"]);
    kept.0.0.edit("fixtures/topologies/two-tenants.yaml", "hello-loud", "hello-louder");
    let changed = kept.refuses(&["run", "--kept", "plain"]);
    assert!(changed.contains("two-tenants.yaml has changed since the world was made"), "{changed}");
}

/// The run that keeps its red world waits; others use the world meanwhile, and one of them ends it.
#[test]
fn the_world_of_a_red_case_is_kept_for_other_commands_until_it_is_taken_down() {
    let kept = Kept::new();
    kept.0.0.edit("replays/a/plain.yaml", "contains: hello", "contains: goodbye");
    let mut run = kept.0.command(&["run", "--exact", "plain"]);
    let mut run = run.env("KEEP_UP", "1").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !kept.0.0.root().join(".harness/up.json").exists() {
        assert!(Instant::now() < deadline && run.try_wait().unwrap().is_none(), "no world was kept");
        std::thread::sleep(Duration::from_millis(10));
    }
    kept.does(&["seed"]);
    kept.does(&["run", "--kept", "seeded"]);
    assert!(kept.does(&["down"]).out.contains("the world is down"));
    assert_eq!(run.wait().unwrap().code(), Some(1));
}
