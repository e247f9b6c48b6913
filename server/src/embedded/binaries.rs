//! Where `initdb` and `postgres` are: the system's, else fetched once.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use postgresql_embedded::{PostgreSQL, SettingsBuilder};

use super::EmbeddedError;

/// Folders in which distributions install one folder a version.
const VERSIONED: [&str; 3] = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"];
const FIXED: [&str; 3] = ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"];

/// The folder with the server binaries; fetched into `cache` when the machine has none.
pub(super) async fn find(cache: &Path) -> Result<PathBuf, EmbeddedError> {
    match from_pg_config().into_iter().chain(installed()).find(|bin| is_complete(bin)) {
        Some(bin) => Ok(bin),
        None => fetch(cache).await,
    }
}

fn is_complete(bin: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|program| bin.join(program).is_file())
}

fn from_pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(folder.trim()))
}

/// Newest version first.
fn installed() -> Vec<PathBuf> {
    let versions = VERSIONED.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let mut found: Vec<_> =
        versions.map(|entry| entry.path().join("bin")).filter(|bin| is_complete(bin)).collect();
    found.sort_by_key(|bin| std::cmp::Reverse(version_of(bin)));
    found.extend(FIXED.map(PathBuf::from));
    found
}

fn version_of(bin: &Path) -> Option<u32> {
    let name = bin.parent()?.file_name()?.to_str()?;
    name.rsplit('@').next()?.split('.').next()?.parse().ok()
}

/// Fetches a release once. The library initialises a data folder as well, which is thrown away; as
/// root that step fails, after the binaries have arrived.
async fn fetch(cache: &Path) -> Result<PathBuf, EmbeddedError> {
    tracing::info!("no Postgres on this machine, fetching one into {}", cache.display());
    let unused = cache.join("unused-data");
    let settings = SettingsBuilder::new()
        .installation_dir(cache.join("postgresql"))
        .data_dir(&unused)
        .password_file(cache.join("unused-password"))
        .build();
    let mut release = PostgreSQL::new(settings);
    let outcome = release.setup().await;
    let _ = std::fs::remove_dir_all(&unused);
    let bin = release.settings().binary_dir();
    match outcome {
        _ if is_complete(&bin) => Ok(bin),
        Ok(()) => Ok(bin),
        Err(error) => Err(EmbeddedError::NoBinaries(Box::new(error))),
    }
}
