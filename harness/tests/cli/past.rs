//! Runs that are over: shown, listed, compared.

use std::os::unix::fs::PermissionsExt as _;

use crate::project::Project;

fn runs(project: &Project) -> Vec<String> {
    let listed = project.harness(&["show", "--list"]).out;
    listed.lines().map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
}

/// What a terminal report says, without what its command adds.
fn told(out: &str) -> Vec<&str> {
    out.lines().filter(|line| !line.is_empty()).collect()
}

#[test]
fn a_run_is_shown_again_as_it_was_told_and_every_report_comes_from_its_log() {
    let project = Project::new();
    project.replay("good", "/200").replay("bad", "/404");
    let run = project.harness(&["run", "--log", "out/run.jsonl", "--report", "junit=out/then.xml"]);
    assert!(run.err.contains("log out/run.jsonl") && run.err.contains("log .harness/runs/r-"), "{}", run.err);
    // Neither the files nor the server are asked again.
    std::fs::remove_dir_all(project.root().join("replays/a")).unwrap();
    for named in ["last", "out/run.jsonl", &runs(&project)[0]] {
        let said = project.harness(&["show", named]);
        assert_eq!((said.code, told(&said.out)), (0, told(&run.out)), "{named}");
    }
    let said = project.harness(&["show", "--report", "junit=out/now.xml,html=out/now.html,tap=out/now.tap"]);
    assert_eq!((said.code, said.out.as_str()), (0, "out/now.xml\nout/now.html\nout/now.tap\n"), "{said:?}");
    let read = |name: &str| std::fs::read_to_string(project.root().join("out").join(name)).unwrap();
    assert_eq!(read("now.xml"), read("then.xml"));
    assert!(read("now.html").contains("<h1>1 failed</h1>") && read("now.tap").contains("not ok 1"));
}

#[test]
fn the_kept_runs_are_listed_with_their_counts_and_what_is_not_there_is_told_with_the_fix() {
    let project = Project::new();
    project.replay("one", "/200");
    let said = project.harness(&["show"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("no run is called `last`") && said.err.contains("harness run"), "{}", said.err);
    project.harness(&["run"]);
    project.replay("two", "/404").harness(&["run"]);
    let said = project.harness(&["show", "--list"]);
    let lines: Vec<_> = said.out.lines().collect();
    assert_eq!((said.code, lines.len()), (0, 2), "{said:?}");
    assert!(
        lines[0].starts_with("last     r-") && lines[0].contains("process  1 passed, 1 failed"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("last~1   r-") && lines[1].contains("1 passed, 0 failed"), "{lines:?}");
    let said = project.harness(&["show", "r-none"]);
    assert!(said.code == 2 && said.err.contains("harness show --list"), "{}", said.err);
    // A log that lost its end is no green run.
    let newest = project.root().join(format!(".harness/runs/{}.jsonl", runs(&project)[0]));
    let text = std::fs::read_to_string(&newest).unwrap();
    std::fs::write(&newest, &text[..text.len() - 20]).unwrap();
    assert!(
        project
            .harness(&["show", "--list"])
            .out
            .lines()
            .next()
            .unwrap()
            .ends_with("cut off: it is not green")
    );
}

#[test]
fn a_page_is_opened_where_there_is_a_browser_and_its_path_is_printed_where_there_is_none() {
    let project = Project::new();
    project.replay("one", "/200").harness(&["run"]);
    project.file("browser", "#!/bin/sh\necho \"$1\" > opened\n");
    let browser = project.root().join("browser");
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let page = format!(".harness/runs/{}/report.html", runs(&project)[0]);
    let none = [("BROWSER", ""), ("DISPLAY", ""), ("WAYLAND_DISPLAY", "")];
    let said = project.harness_with(&["show", "--open"], &none);
    assert_eq!((said.code, said.out.trim()), (0, page.as_str()), "{said:?}");
    assert!(said.err.contains("set BROWSER"), "{}", said.err);
    let said = project.harness_with(&["show", "--open"], &[("BROWSER", browser.to_str().unwrap())]);
    assert_eq!(said.code, 0, "{said:?}");
    let opened = std::fs::read_to_string(project.root().join("opened")).unwrap();
    assert!(opened.trim().ends_with(&page), "{opened}");
}

#[test]
fn two_runs_are_compared_and_only_a_comparison_of_verdicts_fails() {
    let project = Project::new();
    project.replay("a", "/200").replay("b", "/404").replay("c", "/404").replay("d", "/200");
    project.harness(&["run", "--log", "then.jsonl"]);
    project.replay("a", "/404").replay("b", "/200").replay("c", "/500").replay("e", "/200");
    std::fs::remove_file(project.root().join("replays/a/d.yaml")).unwrap();
    project.harness(&["run"]);
    let said = project.harness(&["diff"]);
    assert_eq!(said.code, 0, "{said:?}");
    let wanted = [
        "newly red      replay::a::a  passed then, failed now",
        "newly green    replay::a::b  failed then, passed now",
        "other failure  replay::a::c  failed both times",
        "then  at `second`: status: expected equals 200, got 404",
        "now   at `second`: status: expected equals 200, got 500",
        "added          replay::a::e  passed now",
        "gone           replay::a::d  passed then",
        "5 of 5 cases differ: 1 newly red, 1 newly green, 1 other failure, 1 added, 1 gone",
    ];
    for line in wanted {
        assert!(said.out.contains(line), "{line}\n{}", said.out);
    }
    let strict = project.harness(&["diff", "then.jsonl", "last", "--verdicts"]);
    assert_eq!(strict.code, 1, "{strict:?}");
    assert!(
        strict.out.contains("4 of 5 cases differ") && !strict.out.contains("other failure"),
        "{}",
        strict.out
    );
    let same = project.harness(&["diff", "last", "last", "--verdicts"]);
    assert!(same.code == 0 && same.out.contains("0 of 4 cases differ\n"), "{same:?}");
    assert_eq!(project.harness(&["diff", "last~7", "last"]).code, 2);
}
