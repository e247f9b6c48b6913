//! The program of test containers, compiled once a source.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

const SOURCE: &str = include_str!("tiny_agent.rs");

/// A static binary: an image needs nothing else. Tests of one process ask for it at once.
pub(super) fn binary() -> Vec<u8> {
    static BINARY: OnceLock<Vec<u8>> = OnceLock::new();
    BINARY.get_or_init(read_or_compile).clone()
}

fn read_or_compile() -> Vec<u8> {
    let mut hasher = DefaultHasher::new();
    SOURCE.hash(&mut hasher);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tiny-agent-{:x}", hasher.finish()));
    if !target.exists() {
        compile(&target);
    }
    std::fs::read(target).expect("the compiled agent")
}

/// Into a file of our own first: other test processes may be compiling the same.
fn compile(target: &Path) {
    let ours =
        |extension: &str| PathBuf::from(format!("{}.{}{extension}", target.display(), std::process::id()));
    let (source, built) = (ours(".rs"), ours(""));
    std::fs::write(&source, SOURCE).expect("a writable target folder");
    let flags = [
        "--edition=2024",
        "-O",
        "-Ctarget-feature=+crt-static",
        "-Cstrip=symbols",
        "--crate-name=tiny_agent",
    ];
    let done =
        Command::new("rustc").args(flags).arg("-o").arg(&built).arg(&source).output().expect("rustc runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    std::fs::remove_file(source).expect("our own file");
    std::fs::rename(built, target).expect("our own file");
}
