//! Where the Postgres binaries are.
//!
//! In order: `HARNESS_PG_BIN`, `pg_config --bindir`, the folders installers use (newest version
//! first), a download into the cache.

use std::path::{Path, PathBuf};
use std::process::Command;

use postgresql_embedded::{PostgreSQL, Settings};

use crate::world::WorldError;

const INSTALL: &str = "install `postgresql` (Debian, Ubuntu), `postgresql-server` (Fedora) or \
                       `postgresql@16` (Homebrew), or point HARNESS_PG_BIN at a folder that holds \
                       `initdb` and `postgres`";

/// The folder with `initdb` and `postgres`.
pub(super) async fn binaries(cache: &Path) -> Result<PathBuf, WorldError> {
    if let Some(folder) = std::env::var_os("HARNESS_PG_BIN").filter(|folder| !folder.is_empty()) {
        let folder = PathBuf::from(folder);
        return usable(&folder).then(|| folder.clone()).ok_or_else(|| WorldError::Prerequisite {
            what: format!("HARNESS_PG_BIN ({}) holds no `initdb` and `postgres`", folder.display()),
            fix: INSTALL.into(),
        });
    }
    if let Some(folder) = pg_config().into_iter().chain(installed()).find(|folder| usable(folder)) {
        return Ok(folder);
    }
    download(cache).await
}

fn usable(folder: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| folder.join(name).is_file())
}

fn pg_config() -> Option<PathBuf> {
    let answer = Command::new("pg_config").arg("--bindir").output().ok()?;
    Some(PathBuf::from(String::from_utf8(answer.stdout).ok()?.trim()))
}

/// `bin` folders of the usual places, newest version first.
fn installed() -> Vec<PathBuf> {
    const PARENTS: [&str; 4] = [
        "/usr/lib/postgresql",
        "/usr/local/opt",
        "/opt/homebrew/opt",
        "/Applications/Postgres.app/Contents/Versions",
    ];
    let versions =
        PARENTS.iter().flat_map(|parent| std::fs::read_dir(parent).into_iter().flatten().flatten());
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((version(entry.file_name().to_str()?)?, entry.path().join("bin"))))
        .collect();
    folders.sort();
    let flat = ["/usr/pgsql/bin", "/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"].map(PathBuf::from);
    folders.into_iter().rev().map(|(_, folder)| folder).chain(flat).collect()
}

/// `16`, `16.2` or `postgresql@16`.
fn version(name: &str) -> Option<u32> {
    let digits = name.strip_prefix("postgresql@").unwrap_or(name);
    digits.split('.').next()?.parse().ok()
}

async fn download(cache: &Path) -> Result<PathBuf, WorldError> {
    let settings = Settings { installation_dir: cache.join("postgres-download"), ..Settings::default() };
    let mut fetched = PostgreSQL::new(settings);
    fetched.setup().await.map_err(|error| WorldError::Prerequisite {
        what: format!("no Postgres on this machine, and fetching one failed: {error}"),
        fix: INSTALL.into(),
    })?;
    Ok(fetched.settings().binary_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_from_the_names_installers_use() {
        assert_eq!(version("16"), Some(16));
        assert_eq!(version("9.6"), Some(9));
        assert_eq!(version("postgresql@17"), Some(17));
        assert_eq!(version("latest"), None);
    }
}
