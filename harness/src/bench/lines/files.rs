//! What is paid before anything starts: finding, reading and checking files.

use std::process::Stdio;

use tokio::process::Command;

use super::super::sample;
use super::super::{BenchError, Plan};
use super::Figures;
use crate::runner::discover;
use crate::runner::load::{Loaded, Loader};

pub(super) async fn list(plan: &Plan) -> Figures {
    let ours = || program(plan, &["list"]);
    // What starting this program costs before it does anything.
    sample::in_turns(plan.rounds, ours, "harness --version", || program(plan, &["--version"])).await
}

/// Runs the measured program in this project; it must succeed.
pub(super) async fn program(plan: &Plan, args: &[&str]) -> Result<(), BenchError> {
    let mut command = Command::new(&plan.program);
    command.args(args).current_dir(plan.project.root()).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.status().await.map_err(BenchError::io("start the harness"))?;
    let red = || BenchError::red(&format!("harness {}", args.join(" ")), status.to_string());
    status.success().then_some(()).ok_or_else(red)
}

pub(super) async fn parse(plan: &Plan) -> Figures {
    let cases = discover::cases(&plan.project).map_err(BenchError::io("read the project's folders"))?;
    let files: std::collections::BTreeSet<_> = cases.iter().map(|case| case.file.clone()).collect();
    let ours = || async {
        let loader = Loader::new(plan.project.clone());
        let wrong = cases.iter().find_map(|case| match loader.load(case) {
            Loaded::Wrong(findings) => Some(findings),
            Loaded::Replay(_) | Loaded::Golden { .. } => None,
        });
        wrong.map_or(Ok(()), |findings| Err(BenchError::Files(findings)))
    };
    // The same bytes, read and not understood.
    let theirs = || async {
        files.iter().try_for_each(|file| std::fs::read(file).map(drop)).map_err(BenchError::io("read a case"))
    };
    sample::in_turns(plan.rounds, ours, "reading the same files", theirs).await
}
