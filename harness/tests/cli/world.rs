//! A project whose replays run in worlds: a toy program, an edge in front of a page, no database.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::project::{Project, Said, said};

const TOPOLOGY: &str = "\
topology: two-tenants
programs:
  toy: { package: toy, sources: [source], bug_env: BUG_SEAMS, bug_features: [witness] }
services:
  toy: { program: toy, env: { WORD: hello }, ready: [{ log: ready }] }
  page: { echo: { log: /log }, ready: [{ tcp: true }] }
  edge: { edge: { routes: { page.localhost: page } }, ready: [{ http: /__edge/health }] }
roles: { edge: edge }
identities: { anyone: { via: edge, host: page.localhost } }
";

/// Says its word; without one it does not start.
const TOY: &str = "#!/bin/sh\n[ -n \"$WORD\" ] || { echo 'there is no word'; exit 7; }\necho \"$WORD\"\necho ready\nexec /bin/sleep 1000\n";

/// The flavour with bug seams: it knows one.
const SEAMED: &str = "#!/bin/sh\ncase \"$BUG_SEAMS\" in mumbles) WORD=mmm ;; '') ;; *) echo \"no such seam: $BUG_SEAMS\"; exit 7 ;; \
                      esac\necho \"$WORD\"\necho ready\nexec /bin/sleep 1000\n";

/// A project with worlds.
pub(crate) struct Worlds(pub(crate) Project);

impl Worlds {
    pub(crate) fn new() -> Self {
        let project = Project::new();
        project.file("fixtures/topologies/two-tenants.yaml", TOPOLOGY).file("source", "1");
        project.file("bin/toy", TOY).file("bin/toy+seams", SEAMED);
        for program in ["toy", "toy+seams"] {
            let file = project.root().join("bin").join(program);
            fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        Self(project)
    }

    /// A replay that asks for two pages and then what the program said.
    pub(crate) fn replay(&self, name: &str, witness: &str) -> &Self {
        let text = format!(
            "replay: {name} holds\nsteps:\n  - name: first\n    http: {{ as: anyone, get: /first }}\n    \
             expect: {{ status: 200 }}\n  - name: second\n    http: {{ as: anyone, get: /second }}\n    \
             expect: {{ status: 200 }}\n  - name: the word\n    logs: {{ of: toy, since: boot }}\n    \
             expect: {{ text: {{ contains: hello }} }}\n{witness}"
        );
        self.0.file(&format!("replays/a/{name}.yaml"), &text);
        self
    }

    pub(crate) fn harness(&self, args: &[&str]) -> Said {
        said(&self.command(args).output().unwrap())
    }

    /// The binary with some arguments, with a cache and programs of its own.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let (cache, bin) = (self.cache(), self.0.root().join("bin"));
        let env = [("HARNESS_CACHE", cache.to_str().unwrap()), ("HARNESS_BIN_DIR", bin.to_str().unwrap())];
        self.0.command(args, &env)
    }

    fn cache(&self) -> std::path::PathBuf {
        self.0.root().join("cache")
    }

    /// Processes whose working folder or program lies below the project.
    pub(crate) fn processes(&self) -> Vec<String> {
        let root = fs::canonicalize(self.0.root()).unwrap();
        let below = |link: &Path| fs::read_link(link).is_ok_and(|to| to.starts_with(&root));
        let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
        let ours = all.filter(|process| below(&process.join("cwd")) || below(&process.join("exe")));
        ours.filter_map(|process| fs::read_to_string(process.join("cmdline")).ok())
            .map(|line| line.replace('\0', " "))
            .collect()
    }
}
