//! What was baked into this binary when it was built.

use std::sync::LazyLock;

/// Commit of the sources; `dev` where the build did not say.
pub const GIT_SHA: &str = match option_env!("GIT_SHA") {
    Some(sha) => sha,
    None => "dev",
};

/// Digest of the sources, where the builder gave one; a stale binary is told by it.
pub const DIGEST: Option<&str> = option_env!("WORKSPACE_SERVER_DIGEST");

/// One line for `--version`.
pub fn version() -> &'static str {
    static LINE: LazyLock<String> = LazyLock::new(|| {
        let digest = DIGEST.unwrap_or("none");
        format!("{} (git {GIT_SHA}, digest {digest})", env!("CARGO_PKG_VERSION"))
    });
    &LINE
}
