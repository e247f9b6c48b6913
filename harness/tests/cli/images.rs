//! `harness images` and stale images, over a project with one small program.

use std::fs;
use std::path::PathBuf;

use super::project::{Project, Said};

/// A project whose only program and only image are named after the test and its process, so that runs side by side
/// never meet.
struct Toy {
    project: Project,
    name: String,
    target: tempfile::TempDir,
}

impl Toy {
    fn new(test: &str) -> Self {
        let toy = Self {
            project: Project::new(),
            name: format!("toy-{test}-{}", std::process::id()),
            target: tempfile::tempdir().unwrap(),
        };
        let name = &toy.name;
        toy.project
            .file("Cargo.toml", &format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n"))
            .file("src/main.rs", "fn main() {}\n")
            .file(
                "fixtures/topologies/toy.yaml",
                &format!(
                    "topology: toy\nprograms:\n  {name}: {{ package: {name}, sources: [src], digest_env: STUB_DIGEST }}\n\
                     services:\n  stub: {{ program: {name} }}\n"
                ),
            )
            .file(&format!("fixtures/images/{name}/image.yaml"), &format!("image: {name}\nbinaries: [{name}]\n"))
            .file(
                &format!("fixtures/images/{name}/Dockerfile"),
                &format!("FROM scratch\nCOPY rootfs/ /\nUSER 1000:1000\nENTRYPOINT [\"/usr/local/bin/{name}\"]\n"),
            );
        toy
    }

    fn images(&self, verb: &str, env: &[(&str, &str)]) -> Said {
        self.harness(&["images", verb, "--topology", "toy"], env)
    }

    fn harness(&self, args: &[&str], env: &[(&str, &str)]) -> Said {
        let target = self.target.path().to_string_lossy().into_owned();
        let cache = self.cache().to_string_lossy().into_owned();
        let mut all = vec![("CARGO_TARGET_DIR", target.as_str()), ("HARNESS_CACHE", cache.as_str())];
        all.extend_from_slice(env);
        self.project.harness_with(args, &all)
    }

    fn cache(&self) -> PathBuf {
        self.target.path().join("cache")
    }

    /// How many programs were built.
    fn built(&self) -> usize {
        fs::read_dir(self.cache().join("bin")).map_or(0, Iterator::count)
    }

    fn change(&self, text: &str) {
        fs::write(self.project.root().join("src/main.rs"), text).unwrap();
    }
}

fn engine_is_here(test: &str) -> bool {
    let answers = std::process::Command::new("docker").arg("info").output();
    let here = answers.is_ok_and(|answer| answer.status.success());
    if !here {
        eprintln!("SKIPPED  {test}: no container engine answers");
    }
    here
}

/// Ledger: HARN-015.
#[test]
fn an_image_from_before_a_change_is_refused_until_it_is_built_again_and_then_pruned() {
    if !engine_is_here("an_image_from_before_a_change_is_refused_until_it_is_built_again_and_then_pruned") {
        return;
    }
    let toy = Toy::new("stub");
    let use_only = [("NO_BUILD", "1")];

    let none = toy.images("build", &use_only);
    assert_eq!(none.code, 2, "{none:?}");
    assert!(none.err.contains("there is none"), "{}", none.err);

    let built = toy.images("build", &[]);
    assert_eq!(built.code, 0, "{built:?}");
    assert!(built.out.contains("built") && built.out.contains(" MB"), "{}", built.out);
    let fresh = toy.images("build", &use_only);
    assert_eq!(fresh.code, 0, "{fresh:?}");
    assert!(fresh.out.contains("present"), "{}", fresh.out);

    toy.change("fn main() { println!(\"changed\"); }\n");
    let stale = toy.images("build", &use_only);
    assert_eq!(stale.code, 2, "{stale:?}");
    assert!(stale.err.contains(&format!("image {}` is stale", toy.name)), "{}", stale.err);
    assert!(stale.err.contains("fix: harness images build"), "{}", stale.err);
    assert!(toy.images("list", &[]).out.contains("stale"));

    assert_eq!(toy.images("build", &[]).code, 0);
    assert_eq!(toy.images("build", &use_only).code, 0);
    let pruned = toy.images("prune", &[]);
    assert!(pruned.out.contains("removed") && pruned.out.contains(&toy.name), "{}", pruned.out);
    let listed = toy.images("list", &[]);
    let ours: Vec<&str> = listed.out.lines().filter(|line| line.contains(&toy.name)).collect();
    assert!(ours.len() == 1 && ours[0].contains("fresh"), "{}", listed.out);

    toy.change("fn main() {}\n// The last image goes, too.\n");
    assert!(toy.images("prune", &[]).out.contains("removed"));
}

/// Ledger: HARN-015.
#[test]
fn a_run_with_an_image_from_before_a_change_is_refused_before_anything_is_compiled() {
    if !engine_is_here("a_run_with_an_image_from_before_a_change_is_refused_before_anything_is_compiled") {
        return;
    }
    let toy = Toy::new("run");
    toy.project.file(
        "replays/a/speaks.yaml",
        "replay: it speaks\ntopology: toy\nsteps:\n  - logs: { of: stub, since: boot }\n    expect: { text: { contains: hello } }\n",
    );
    assert_eq!(toy.images("build", &[]).code, 0);
    let built = toy.built();

    toy.change("fn main() { println!(\"changed\"); }\n");
    let commands: [&[&str]; 2] =
        [&["run", "--backend", "docker"], &["up", "--backend", "docker", "--topology", "toy"]];
    for command in commands {
        let refused = toy.harness(command, &[("NO_BUILD", "1")]);
        assert_eq!(refused.code, 2, "{refused:?}");
        let told = format!("{}{}", refused.out, refused.err);
        assert!(told.contains(&format!("image {}` is stale", toy.name)), "{told}");
        assert!(told.contains("fix: harness images build"), "{told}");
        assert_eq!(toy.built(), built, "nothing was compiled for a world that is refused");
    }
    toy.harness(&["down", "--all"], &[]);
    toy.images("prune", &[]);
}
