//! One Postgres cluster: initialised once, kept between runs, started in well under a second.
//!
//! Nothing in it is worth a disk flush: durability is off, and a cluster that does not start is
//! made anew. It listens on loopback only and asks for a random password. It runs from a copy in
//! memory where there is room, see [`super::memory`].

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};
use tokio::process::Command;

use super::memory::Copy;
use super::{locate, user::Unprivileged};
use crate::backend::process::child::{Child, Order, describe};
use crate::secrets::Secrets;
use crate::world::{LogBook, WorldError};

const SUPERUSER: &str = "dev";
const START_WITHIN: Duration = Duration::from_secs(60);
const STOP_WITHIN: Duration = Duration::from_millis(1500);

/// Settings that make a cluster quick and small; none of them changes what SQL means.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    // It may be in memory: what has been written is forgotten soon.
    ("min_wal_size", "32MB"),
    ("max_wal_size", "96MB"),
    ("shared_buffers", "64MB"),
    ("max_connections", "800"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("bgwriter_lru_maxpages", "0"),
    ("listen_addresses", "127.0.0.1"),
    ("log_checkpoints", "off"),
];

/// What keeps the worlds out of the log of a Postgres that they share. A statement, and what is said of its values,
/// may hold the secrets of any of them; nobody who masks this log knows those. What the server says of itself
/// remains.
pub(crate) const SILENT_ABOUT_WORLDS: &[(&str, &str)] =
    &[("log_min_messages", "log"), ("log_min_error_statement", "panic"), ("log_error_verbosity", "terse")];

/// A running cluster.
pub(crate) struct Cluster {
    child: Child,
    url: SecretString,
    admin: PgPool,
    /// Its files, where they are in memory.
    copy: Option<Copy>,
}

impl Cluster {
    /// Starts the cluster kept in `folder`, making it first when there is none; in `memory`, where one is given.
    pub(crate) async fn start(
        cache: &Path,
        folder: &Path,
        memory: Option<PathBuf>,
        port: u16,
    ) -> Result<Self, WorldError> {
        let binaries = locate::binaries(cache).await?;
        let user = Unprivileged::find()?;
        let home = Home::at(folder, &binaries)?;
        if !home.initialised() {
            home.initialise(user).await?;
        }
        match home.start(user, memory.clone(), port).await {
            Ok(cluster) => Ok(cluster),
            // A machine that lost power left files that were never flushed.
            Err(_) => {
                home.initialise(user).await?;
                home.start(user, memory, port).await
            }
        }
    }

    /// The address of its maintenance database, with credentials.
    pub(crate) fn url(&self) -> &SecretString {
        &self.url
    }

    /// Connections for making and dropping databases.
    pub(crate) fn admin(&self) -> &PgPool {
        &self.admin
    }

    /// Stops it: quickly when it listens, at once when it does not.
    pub(crate) async fn stop(mut self) -> Result<(), WorldError> {
        self.admin.close().await;
        self.child.signal(nix::sys::signal::Signal::SIGINT)?;
        let ended = tokio::time::timeout(STOP_WITHIN, self.child.ended()).await;
        let well = ended.is_ok_and(|status| status.success());
        if !well {
            self.child.kill().await?;
        }
        match self.copy.take() {
            Some(copy) if well => copy.put_back().await,
            Some(copy) => copy.discard().await,
            None => Ok(()),
        }
    }
}

/// The files of a cluster.
struct Home<'a> {
    binaries: &'a Path,
    data: PathBuf,
    password_file: PathBuf,
    log_file: PathBuf,
    folder: &'a Path,
}

impl<'a> Home<'a> {
    /// One folder per major version: a new Postgres does not read an old cluster.
    fn at(folder: &'a Path, binaries: &'a Path) -> Result<Self, WorldError> {
        fs::create_dir_all(folder).map_err(WorldError::io(format!("make {}", folder.display())))?;
        let version = binaries.to_string_lossy().replace(|c: char| !c.is_ascii_digit(), "");
        let data = folder.join(format!("data-{version}"));
        let password_file = folder.join(format!("password-{version}"));
        Ok(Self { binaries, data, password_file, log_file: folder.join("log"), folder })
    }

    fn initialised(&self) -> bool {
        // Written last: an initdb that was cut short does not count.
        self.data.join("initialised").exists() && self.password_file.exists()
    }

    async fn initialise(&self, user: Option<Unprivileged>) -> Result<(), WorldError> {
        let failed = || WorldError::io(format!("initialise {}", self.data.display()));
        if self.data.exists() {
            fs::remove_dir_all(&self.data).map_err(failed())?;
        }
        let password = Alphanumeric.sample_string(&mut rand::rng(), 32);
        fs::create_dir(&self.data).map_err(failed())?;
        write_private(&self.password_file, &password).map_err(failed())?;
        let mut command = Command::new(self.binaries.join("initdb"));
        if let Some(user) = user {
            user.own(&self.data)?;
            user.own(&self.password_file)?;
            user.run_as(&mut command);
        }
        let made = command
            .arg("--pgdata")
            .arg(&self.data)
            .arg("--pwfile")
            .arg(&self.password_file)
            .args([
                "--username",
                SUPERUSER,
                "--auth",
                "md5",
                "--encoding",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ])
            .current_dir(&self.data)
            .output()
            .await
            .map_err(failed())?;
        if !made.status.success() {
            let why = String::from_utf8_lossy(&made.stderr).trim().to_owned();
            return Err(failed()(std::io::Error::other(why)));
        }
        fs::write(self.data.join("initialised"), "").map_err(failed())
    }

    async fn start(
        &self,
        user: Option<Unprivileged>,
        memory: Option<PathBuf>,
        port: u16,
    ) -> Result<Cluster, WorldError> {
        let password = fs::read_to_string(&self.password_file)
            .map_err(WorldError::io(format!("read {}", self.password_file.display())))?;
        // Left by a server that was killed; whoever wrote it is gone, the keeper saw to that.
        let _ = fs::remove_file(self.data.join("postmaster.pid"));
        let copy = match memory {
            Some(runs) => Some(Copy::of(&self.data, runs).await?),
            None => None,
        };
        let data = copy.as_ref().map_or(self.data.as_path(), Copy::runs).display().to_string();
        let mut args = vec!["-D".to_owned(), data, "-p".into(), port.to_string()];
        args.extend(["-k".into(), String::new()]);
        for (name, value) in SETTINGS.iter().chain(SILENT_ABOUT_WORLDS) {
            args.extend(["-c".into(), format!("{name}={value}")]);
        }
        let order = Order {
            service: "postgres".into(),
            program: self.binaries.join("postgres"),
            args,
            env: Vec::new(),
            folder: self.folder.to_owned(),
        };
        let log = LogBook::to_file(&self.log_file).map_err(WorldError::io("make the database log"))?;
        let secrets = Secrets::default();
        secrets.add("postgres", &password.as_str().into());
        log.hide(&secrets);
        let child = Child::spawn_as(&order, &log, |command| {
            if let Some(user) = user {
                user.run_as(command);
            }
        })?;
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username(SUPERUSER)
            .password(&password)
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        let admin = PgPoolOptions::new().max_connections(4).acquire_timeout(START_WITHIN);
        let admin = admin.connect_lazy_with(options);
        let url = format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres?sslmode=disable");
        let cluster = Cluster { child, url: url.into(), admin, copy };
        match cluster.answers().await {
            Ok(()) => Ok(cluster),
            Err(condition) => {
                cluster.child.kill().await?;
                Err(WorldError::Ended {
                    service: "postgres".into(),
                    status: condition,
                    condition: "answering a query".into(),
                    log: log.told(15),
                    fix: format!("look at {}", self.log_file.display()),
                })
            }
        }
    }
}

impl Cluster {
    /// Waits until it answers a query.
    async fn answers(&self) -> Result<(), String> {
        let deadline = Instant::now() + START_WITHIN;
        while Instant::now() < deadline {
            if let Some(status) = self.child.status() {
                return Err(describe(status));
            }
            let port = url::Url::parse(self.url.expose_secret()).ok().and_then(|url| url.port());
            // A plain connect is cheaper than a login attempt while the server is starting.
            let open = tokio::net::TcpStream::connect(("127.0.0.1", port.unwrap_or_default())).await;
            if open.is_ok() && sqlx::query("select 1").execute(&self.admin).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
        Err("no answer in time".into())
    }
}

fn write_private(path: &Path, content: &str) -> std::io::Result<()> {
    let _ = fs::remove_file(path);
    fs::write(path, "")?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    fs::write(path, content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::process::{places, ports::Ports};
    use crate::world::Options;

    /// Nobody who keeps or shows this log knows the secrets of the worlds.
    #[tokio::test]
    async fn the_log_of_a_shared_postgres_holds_nothing_of_the_statements_of_its_worlds() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let cache = Options::from_env(folder.path()).unwrap().cache;
        let port = Ports::new(&places::ports()).unwrap().take().unwrap();
        let cluster = match Cluster::start(&cache, folder.path(), None, port).await {
            Ok(cluster) => cluster,
            // Without the programs there is no log either.
            Err(WorldError::Prerequisite { .. }) => return,
            Err(error) => panic!("{error}"),
        };
        let refused = [
            "select 'hunter2' from nowhere",
            "select 'hunter2'::uuid",
            "create table kept (token text primary key); insert into kept values ('hunter2'), ('hunter2')",
            "do $$ begin raise warning 'hunter2'; end $$; select 1 / 0",
        ];
        for sql in refused {
            assert!(sqlx::raw_sql(sql).execute(cluster.admin()).await.is_err(), "{sql}");
        }
        let password = url::Url::parse(cluster.url().expose_secret()).unwrap().password().unwrap().to_owned();
        cluster.stop().await.unwrap();
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(log.contains("ready to accept connections"), "{log}");
        assert!(!log.contains("hunter2") && !log.contains(&password), "{log}");
    }
}
