//! `harness witness` and `harness stress` through the real binary.

use crate::project::{Project, Said};
use crate::world::Worlds;

fn witness(of: &[(&str, &str, &str)]) -> String {
    let one = |(name, cause, red): &(&str, &str, &str)| format!("  - {{ name: {name}, {cause}, {red} }}\n");
    format!("witness:\n{}", of.iter().map(one).collect::<String>())
}

/// The first word of the line about a witness, and the lines below it.
fn about<'a>(said: &'a Said, name: &str) -> (String, &'a str) {
    let end = format!("· {name}");
    let at =
        said.out.lines().position(|line| line.ends_with(&end)).unwrap_or_else(|| panic!("{name}: {said:?}"));
    let line = said.out.lines().nth(at).unwrap();
    let word = line.split_whitespace().take_while(|word| !word.ends_with('s') || !word.contains('.'));
    let below = said.out.split_once(line).map_or("", |(_, below)| below);
    (word.collect::<Vec<_>>().join(" "), below)
}

const FAULT_AT_SECOND: &str = "edge: { fault: { path: /second, status: 500 } }";

#[test]
fn every_bug_that_shows_where_its_witness_says_is_proof() {
    let worlds = Worlds::new();
    let all = witness(&[
        ("a page fails", FAULT_AT_SECOND, "red_at: second, text: got 500"),
        ("a compiled-in bug", "bug: mumbles", "red_at: the word"),
        ("another word", "env: { toy: { WORD: other } }", "red_at: the word"),
        ("no word at all", "env: { toy: { WORD: \"\" } }", "red_at: boot, text: there is no word"),
    ]);
    worlds.replay("good", &all);
    let said = worlds.harness(&["witness"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Witness summary: 4 of 4 bugs seen red, in 1 cases"), "{said:?}");
    assert_eq!(about(&said, "without the bug").0, "green");
    assert_eq!(about(&said, "no word at all").0, "red");
}

#[test]
fn a_bug_that_proves_nothing_is_told_apart_from_the_others_and_is_red() {
    let worlds = Worlds::new();
    let all = witness(&[
        ("proof", FAULT_AT_SECOND, "red_at: second"),
        ("unseen", "edge: { fault: { path: /third, status: 500 } }", "red_at: second"),
        ("too early", "edge: { fault: { path: /first, status: 500 } }", "red_at: second"),
        ("other words", FAULT_AT_SECOND, "red_at: second, text: got 404"),
        ("no such bug", "bug: unheard_of", "red_at: second"),
        ("comes up", "env: { toy: { WORD: other } }", "red_at: boot, text: there is no word"),
    ]);
    worlds.replay("good", &all);
    let said = worlds.harness(&["witness"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("Witness summary: 1 of 6 bugs seen red"), "{said:?}");
    let table = [
        ("proof", "red", ""),
        ("unseen", "STAYED GREEN", "no step noticed it; `second` should have"),
        ("too early", "RED ELSEWHERE", "red at `first`, not at `second`"),
        ("other words", "RED ELSEWHERE", "red at `second`, but without the text `got 404`"),
        ("no such bug", "BROKE", "no such seam: unheard_of"),
        ("comes up", "RED ELSEWHERE", "red at `the word`, not at `boot`"),
    ];
    for (name, word, text) in table {
        let (told, below) = about(&said, name);
        assert_eq!(told, word, "{name}: {said:?}");
        assert!(below.contains(text), "{name}: {below}");
    }
}

#[test]
fn a_replay_that_nobody_can_see_red_is_red_itself() {
    let worlds = Worlds::new();
    worlds.replay("good", &witness(&[("proof", FAULT_AT_SECOND, "red_at: second")]));
    worlds.replay("unwitnessed", "");
    let said = worlds.harness(&["witness"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("NO WITNESS") && said.out.contains("replay::a::unwitnessed"), "{said:?}");
    assert!(said.out.contains("1 of 1 bugs seen red"), "{said:?}");

    // Red without any bug: then red with it says nothing.
    let always = "replay: x\nsteps:\n  - name: second\n    http: { as: anyone, get: /second }\n    \
                  expect: { status: 201 }\nwitness:\n  - name: proof\n    edge: { fault: { status: 500 } }\n    \
                  red_at: second\n";
    let worlds = Worlds::new();
    worlds.0.file("replays/a/always.yaml", always);
    let said = worlds.harness(&["witness"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("NOT GREEN") && said.out.contains("0 of 1 bugs seen red"), "{said:?}");
}

#[test]
fn a_world_that_gives_way_proves_nothing_and_has_the_code_of_broken() {
    let worlds = Worlds::new();
    let all = witness(&[("no such bug", "bug: unheard_of", "red_at: second")]);
    worlds.replay("good", &all);
    let said = worlds.harness(&["witness", "good"]);
    assert_eq!(said.code, 5, "{said:?}");
    assert!(said.out.contains("0 of 1 bugs seen red"), "{said:?}");
}

#[test]
fn a_stress_counts_every_run_and_is_red_when_one_was() {
    let project = Project::new();
    project.replay("good", "/200").replay("bad", "/404");
    let said = project.harness(&["stress", "good", "--times", "3", "--noise"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains("replay::a::good red in 0 of 3: 0.0 % (95 % sure: 0.0 % to 56.1 %)"),
        "{said:?}"
    );
    let said = project.harness(&["stress", "bad", "--times", "3"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("replay::a::bad red in 3 of 3: 100.0 %"), "{said:?}");
    assert!(said.out.contains("at `second`: status: expected equals 200, got 404"), "{said:?}");
    let said = project.harness(&["stress", "replay::", "--times", "3"]);
    assert_eq!((said.code, said.err.contains("2 cases fit")), (2, true), "{said:?}");
}

/// No run, no rate: it would pass for a good one.
#[test]
fn a_stress_that_this_machine_cannot_make_is_red_with_what_is_missing() {
    let project = Project::new();
    project.replay("far", "/200").edit(
        "replays/a/far.yaml",
        "topology: none\n",
        "topology: none\nneeds: [moon]\n",
    );
    let said = project.harness(&["stress", "far", "--times", "3"]);
    assert_eq!(said.code, 2, "{said:?}");
    let told = ["replay::a::far was never judged", "3 runs not made", "not here: moon"];
    assert!(told.iter().all(|text| said.out.contains(text)), "{said:?}");
}

/// Latency reaches a world: its services answer through links, and the replay still holds.
#[test]
fn a_stress_with_noise_runs_in_worlds_whose_services_are_apart() {
    let worlds = Worlds::new();
    worlds.replay("good", "");
    let said = worlds.harness(&["stress", "good", "--times", "3", "--noise", "--jobs", "2"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("red in 0 of 3"), "{said:?}");
}

/// The suite as a whole: a replay that must fail makes it red, all others run, nothing is left.
///
/// Ledger: HARN-017.
#[test]
fn sanity_intentional_failure() {
    let worlds = Worlds::new();
    worlds.replay("a-good", "").replay("z-good", "");
    let fails = "replay: it must fail\nsteps:\n  - name: second\n    http: { as: anyone, get: /second }\n    \
                 expect: { status: 404 }\n";
    worlds.0.file("replays/a/sanity-intentional-failure.yaml", fails);
    worlds.0.file("replays/a/unreadable.yaml", "replay: [\n");
    let said = worlds.harness(&["run"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.summary(), "2 passed, 2 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped");
    for name in ["a-good", "z-good"] {
        let passed = said.out.lines().any(|line| line.contains("PASS") && line.ends_with(name));
        assert!(passed, "{name}: {said:?}");
    }
    assert!(!said.out.contains("left over"), "{said:?}");
    let toys: Vec<_> = worlds.processes().into_iter().filter(|line| line.contains("sleep 1000")).collect();
    assert!(toys.is_empty(), "{toys:?}");
    let down = worlds.harness(&["down", "--all"]);
    assert_eq!(down.code, 0, "{down:?}");
}
