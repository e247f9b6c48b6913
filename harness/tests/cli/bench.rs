//! The bench measures what it says, or says why it cannot.

use crate::project::Project;

#[test]
fn figures_are_told_with_their_build_and_saved_between_the_marks_of_a_page() {
    let project = Project::new();
    project.replay("one", "/200");
    project.file(
        "page.md",
        "before\n<!-- harness bench: from here -->\n<!-- harness bench: to here -->\nafter\n",
    );
    let said = project.harness(&["bench", "one", "list", "--rounds", "1", "--save", "page.md"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(
        said.out.contains(" cores, ") && said.out.contains("\none ") && said.out.contains("\nlist "),
        "{said:?}"
    );
    let page = std::fs::read_to_string(project.root().join("page.md")).unwrap();
    assert!(page.starts_with("before\n") && page.ends_with("after\n"), "{page}");
    assert!(page.contains("| list all cases of this project, start to exit | 10 ms |"), "{page}");
}

#[test]
fn a_page_without_a_place_for_the_table_is_left_alone() {
    let project = Project::new();
    project.replay("one", "/200").file("page.md", "mine\n");
    let said = project.harness(&["bench", "list", "--rounds", "1", "--save", "page.md"]);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("harness bench: from here"), "{}", said.err);
    assert_eq!(std::fs::read_to_string(project.root().join("page.md")).unwrap(), "mine\n");
}

/// A program that fails quickly would look fast.
#[test]
fn files_that_cannot_be_read_have_no_figure() {
    let project = Project::new();
    project.file("replays/a/broken.yaml", "replay: x\nstps: []\n");
    let said = project.harness(&["bench", "parse", "--rounds", "1"]);
    assert_ne!(said.code, 0, "{said:?}");
    assert!(said.err.contains("stps"), "{}", said.err);
}
