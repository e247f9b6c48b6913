//! `harness judge`: verdicts again, from a log.

use crate::project::Project;

/// A replay with waiting, captures, names and a group, all of it green.
fn project() -> Project {
    let project = Project::new();
    project.replay("plain", "/200").replay("red", "/404");
    let server = project.server();
    let text = format!(
        "replay: x\ntopology: none\nlet: {{ wanted: 200 }}\nsteps:\n  - name: waits\n    http: {{ get: \"{server}/200\" }}\n    \
         eventually: {{ within: 5s, until: {{ json: {{ status: \"${{wanted}}\" }} }} }}\n    capture: {{ seen: $.status }}\n  \
         - name: rows\n    for_each: {{ code: [200, 404] }}\n    http: {{ get: \"{server}/${{code}}\" }}\n    \
         expect: {{ status: \"${{code}}\" }}\n  - name: uses what was captured\n    http: {{ get: \"{server}/200\" }}\n    \
         expect: {{ json: {{ status: \"${{seen}}\" }} }}\n"
    );
    project.file("replays/a/rich.yaml", &text);
    project
}

#[test]
fn a_log_gives_the_verdicts_of_its_run_without_the_server() {
    let project = project();
    assert_eq!(
        project.harness(&["run"]).summary(),
        "2 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped"
    );
    // Whoever asks the server now is not heard.
    for name in ["plain", "red", "rich"] {
        project.edit(&format!("replays/a/{name}.yaml"), project.server(), "http://127.0.0.1:9");
    }
    let said = project.harness(&["judge"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert_eq!(said.summary(), "2 passed, 1 failed, 0 broken, 0 xfailed, 0 xpassed, 0 skipped");
    assert!(said.out.contains("3 of 3 verdicts as recorded"), "{}", said.out);
    assert!(said.out.contains("expected equals 200") && said.out.contains("got      404"), "{}", said.out);
    assert_eq!(project.harness(&["judge", "--same"]).code, 0);
}

#[test]
fn a_matcher_edited_in_the_file_changes_the_verdict_without_a_run() {
    let project = project();
    project.harness(&["run"]);
    project.edit("replays/a/plain.yaml", "second", "renamed");
    project.edit(
        "replays/a/red.yaml",
        "/404\" }\n    expect: { status: 200 }",
        "/404\" }\n    expect: { status: 404 }",
    );
    project.edit("replays/a/rich.yaml", "status: \"${seen}\"", "status: \"${seen + 1}\"");
    let said = project.harness(&["judge"]);
    assert!(said.out.contains("changed replay::a::red: failed then, passed now"), "{}", said.out);
    assert!(said.out.contains("changed replay::a::rich: passed then, failed now"), "{}", said.out);
    assert!(said.out.contains("replays/a/rich.yaml:15"), "the line of the step: {}", said.out);
    assert!(said.out.contains("step `renamed` is new"), "{}", said.out);
    assert!(said.out.contains("step `second` is gone"), "{}", said.out);
    assert!(said.out.contains("1 of 3 verdicts as recorded"), "{}", said.out);
    assert_eq!(project.harness(&["judge", "last", "plain", "--same"]).code, 0);
    assert_eq!(project.harness(&["judge", "last", "rich", "--same"]).code, 1);
}

#[test]
fn a_name_that_the_run_never_asked_for_cannot_be_judged() {
    let project = project();
    project.harness(&["run", "rich"]);
    // What another step asked for is known; what nobody asked for is not.
    project.edit(
        "replays/a/rich.yaml",
        "status: \"${seen}\"",
        "status: { one_of: [\"${seen}\", \"${wanted}\"] }",
    );
    assert_eq!(project.harness(&["judge", "--same"]).code, 0);
    project.edit("replays/a/rich.yaml", "\"${seen}\", \"${wanted}\"", "\"${seen}\", \"${now}\"");
    let said = project.harness(&["judge"]);
    assert!(said.out.contains("asked for no such value"), "{}", said.out);
    assert!(said.out.contains("run the replay"), "{}", said.out);
    assert_eq!(said.code, 5, "{said:?}");
}

/// A replay that waits in every way, listens to a stream and rests on a secret, all of it green.
fn waiting() -> Project {
    let project = Project::new();
    let text = r#"replay: x
topology: none
steps:
  - name: never comes
    http: { get: "SERVER/200" }
    never: { for: 1s, every: 100ms, that: { status: 500 } }
  - name: stays
    http: { get: "SERVER/200" }
    stays: { for: 1s, every: 100ms, that: { status: 200 } }
  - name: opens
    sse: { open: feed, path: "SERVER/sse" }
    expect: { status: 200 }
  - name: sees
    sse: { on: feed, sees: [{ text: one }, { text: two }], within: 10s }
  - name: never sees
    sse: { on: feed, never_sees: { text: three }, for: 30ms }
  - name: signs in
    http: { get: "SERVER/token" }
    expect: { status: 200, json: { token: { length: 14 } } }
    capture: { t: { path: $.token, secret: true } }
  - name: comes in
    http: { get: "SERVER/200", headers: { X-Token: "${t}" } }
    expect: { status: 200 }
"#;
    project.file("replays/a/waits.yaml", &text.replace("SERVER", project.server()));
    project
}

#[test]
fn waits_streams_and_secrets_are_judged_again_by_what_is_written_today() {
    let project = waiting();
    let run = project.harness(&["run"]);
    assert_eq!(run.code, 0, "{run:?}");
    let written = std::fs::read_to_string(project.root().join("replays/a/waits.yaml")).unwrap();
    project.edit("replays/a/waits.yaml", project.server(), "http://127.0.0.1:9");
    let offline = std::fs::read_to_string(project.root().join("replays/a/waits.yaml")).unwrap();
    assert_ne!(written, offline);
    assert_eq!(project.harness(&["judge", "--same"]).code, 0);
    let edits = [
        ("that: { status: 500 }", "that: { status: 200 }", "never comes", "never"),
        ("that: { status: 200 }", "that: { status: 404 }", "stays", "expected equals 404, got 200"),
        ("{ text: two }", "{ text: nine }", "sees", "frame 2 of 2"),
        ("{ text: one }, { text: two }", "{ text: two }, { text: one }", "sees", "frame 2 of 2"),
        ("{ text: three }", "{ text: late }", "never sees", "no such frame"),
        ("status: 200, json", "status: 201, json", "signs in", "expected equals 201, got 200"),
    ];
    for (old, new, step, says) in edits {
        project.file("replays/a/waits.yaml", &offline).edit("replays/a/waits.yaml", old, new);
        let said = project.harness(&["judge"]);
        assert_eq!(said.code, 1, "{new}: {said:?}");
        assert!(said.out.contains("passed then, failed now"), "{new}: {}", said.out);
        assert!(said.out.contains(&format!("at `{step}`")) && said.out.contains(says), "{new}: {}", said.out);
    }
}

#[test]
fn a_check_that_the_log_must_not_hold_counts_as_it_was_recorded_and_says_so() {
    let project = waiting();
    project.harness(&["run"]);
    let log = project.root().join(".harness/runs");
    let log = std::fs::read_dir(log).unwrap().flatten().find(|entry| entry.path().is_file()).unwrap().path();
    assert!(!std::fs::read_to_string(log).unwrap().contains("hunter2"));
    // Nobody can tell today how long it was: what was recorded stands, whatever is asked of it now.
    for length in ["14", "15"] {
        project.edit("replays/a/waits.yaml", "length: 14", &format!("length: {length}"));
        let said = project.harness(&["judge", "--same"]);
        assert_eq!(said.code, 0, "{said:?}");
        assert!(said.out.contains("1 steps rest on what a log does not hold"), "{}", said.out);
    }
}

#[test]
fn a_wait_that_was_red_turns_green_by_its_matcher_alone() {
    let project = waiting();
    project.edit("replays/a/waits.yaml", "that: { status: 500 }", "that: { status: 200 }");
    assert_eq!(project.harness(&["run"]).code, 1);
    project.edit("replays/a/waits.yaml", "that: { status: 200 }", "that: { status: 500 }");
    let said = project.harness(&["judge"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("failed then, passed now"), "{}", said.out);
    assert!(said.out.contains("it stopped at a step that holds today"), "{}", said.out);
}

#[test]
fn a_proof_names_what_survives_and_holds_the_floor() {
    let project = project();
    project.harness(&["run", "plain", "rich"]);
    let said = project.harness(&["prove", "--log", "last", "--all"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("json $.status"), "{}", said.out);
    assert!(said.out.contains("floors could rise"), "{}", said.out);
    project.file("replays/prove.yaml", "suite: 1\nfiles:\n  replays/a/plain.yaml: 99\n");
    let said = project.harness(&["prove", "--log", "last"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.out.contains("below its floor: replays/a/plain.yaml"), "{}", said.out);
    project.harness(&["prove", "--log", "last", "--bless"]);
    let floors = std::fs::read_to_string(project.root().join("replays/prove.yaml")).unwrap();
    assert!(floors.contains("replays/a/plain.yaml: 99"), "a floor never falls: {floors}");
    assert!(floors.contains("replays/a/rich.yaml: "), "{floors}");
}
