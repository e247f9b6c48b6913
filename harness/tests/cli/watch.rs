//! `harness watch` as its user meets it: save a file, see its replay again.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::project::Project;

/// Generous: the machine may be busy, and a line that comes is never waited for.
const LINE_WITHIN: Duration = Duration::from_secs(120);

struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    fn start(project: &Project, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harness"));
        command.current_dir(project.root()).arg("watch").args(args).env_remove("CI").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines }
    }

    /// Every line up to the one that says it waits.
    fn until_it_waits(&self) -> String {
        let mut said = String::new();
        loop {
            let line = self
                .lines
                .recv_timeout(LINE_WITHIN)
                .unwrap_or_else(|_| panic!("no more lines after: {said}"));
            if line.contains("waiting for a change") {
                return said;
            }
            said += &(line + "\n");
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[test]
fn a_saved_file_runs_what_it_stands_behind_and_nothing_else() {
    let project = Project::new();
    project.replay("one", "/200").replay("two", "/200");
    let watch = Watch::start(&project, &[]);
    let first = watch.until_it_waits();
    assert!(first.contains("replay::a::one") && first.contains("replay::a::two"), "{first}");
    project.replay("two", "/404");
    let second = watch.until_it_waits();
    assert!(second.contains("FAIL") && second.contains("replay::a::two"), "{second}");
    assert!(!second.contains("replay::a::one"), "{second}");
    project.file("replays/a/three.yaml", "replay: x\nstps: []\n");
    assert!(watch.until_it_waits().contains("unknown key `stps`"), "a new file is a new case");
}
