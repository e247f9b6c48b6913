//! One running cluster on a socket of its own: no port, no password, no other user.

use std::{
    fs,
    os::unix::{fs::chown, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::unistd::{Gid, Uid, User, geteuid};
use server_store::{DbError, Store};

use super::{EmbeddedError, binaries};

/// Longest wait for a started cluster, and the pause between two tries.
const READY_MAX: Duration = Duration::from_secs(30);
const READY_EVERY: Duration = Duration::from_millis(25);

/// The server must not outlive this process, even a killed one: the shell waits for the pipe that
/// only this process holds, then stops the server and clears what was temporary.
const KEEPER: &str = r#"
"$1" -D "$2" -k "$3" -c listen_addresses= -c "unix_socket_permissions=0777" $4 >>"$5" 2>&1 &
server=$!
cat >/dev/null
kill -INT "$server"
wait "$server"
[ -z "$6" ] || rm -rf "$6"
"#;

/// Where a cluster lives, and how long.
#[derive(Clone, Debug)]
pub enum Place {
    /// Kept between runs.
    Kept(PathBuf),
    /// Removed when the process ends; durability is switched off.
    Temporary(PathBuf),
}

impl Place {
    fn folder(&self) -> &Path {
        match self {
            Self::Kept(folder) | Self::Temporary(folder) => folder,
        }
    }

    fn is_temporary(&self) -> bool {
        matches!(self, Self::Temporary(_))
    }
}

/// A cluster that runs at least as long as this value.
#[derive(Debug)]
pub struct Cluster {
    folder: PathBuf,
    /// `None` when another process already runs the same cluster.
    keeper: Option<Child>,
}

impl Cluster {
    /// Starts the cluster at `place`, creating it first; joins one that already runs there.
    ///
    /// # Errors
    /// No binaries, no user to run them, or Postgres itself says why.
    pub async fn start(place: &Place) -> Result<Self, EmbeddedError> {
        let folder = place.folder().to_owned();
        let joined = Self { folder: folder.clone(), keeper: None };
        if Store::probe(&joined.url("postgres")).await.is_ok() {
            return Ok(joined);
        }
        fs::create_dir_all(&folder).map_err(EmbeddedError::io(format!("create {}", folder.display())))?;
        let bin = binaries::find(&folder).await?;
        let runner = Runner::choose()?;
        runner.own(&folder)?;
        if !folder.join("data/PG_VERSION").exists() {
            runner.initdb(&bin, &folder, place.is_temporary())?;
        }
        let keeper = runner.keeper(&bin, &folder, place.is_temporary())?;
        let cluster = Self { folder, keeper: Some(keeper) };
        cluster.ready().await?;
        Ok(cluster)
    }

    /// Address of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        let host: String =
            url::form_urlencoded::byte_serialize(self.folder.as_os_str().as_encoded_bytes()).collect();
        format!("postgres://postgres@localhost/{database}?host={host}")
    }

    /// Creates a database unless it exists.
    ///
    /// # Errors
    /// The statement failed.
    pub async fn ensure_database(&self, name: &str) -> Result<(), DbError> {
        server_store::admin::ensure_database(&self.url("postgres"), name).await
    }

    async fn ready(&self) -> Result<(), EmbeddedError> {
        let deadline = tokio::time::Instant::now() + READY_MAX;
        loop {
            match Store::probe(&self.url("postgres")).await {
                Ok(()) => return Ok(()),
                Err(source) if tokio::time::Instant::now() >= deadline => {
                    return Err(EmbeddedError::NotReady { log: self.folder.join("postgres.log"), source });
                }
                Err(_) => tokio::time::sleep(READY_EVERY).await,
            }
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let Some(keeper) = &mut self.keeper else { return };
        // Closing the pipe is the signal; waiting leaves no zombie and no half-stopped server.
        drop(keeper.stdin.take());
        let _ = keeper.wait();
    }
}

/// The user under which Postgres runs.
struct Runner(Option<(Uid, Gid)>);

impl Runner {
    fn choose() -> Result<Self, EmbeddedError> {
        if !geteuid().is_root() {
            return Ok(Self(None));
        }
        let user = ["postgres", "nobody"].into_iter().find_map(|name| User::from_name(name).ok().flatten());
        user.map(|user| Self(Some((user.uid, user.gid)))).ok_or(EmbeddedError::NoUser)
    }

    fn own(&self, folder: &Path) -> Result<(), EmbeddedError> {
        let Some((uid, gid)) = self.0 else { return Ok(()) };
        chown(folder, Some(uid.as_raw()), Some(gid.as_raw()))
            .map_err(EmbeddedError::io(format!("hand {} to the Postgres user", folder.display())))
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        if let Some((uid, gid)) = self.0 {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    fn initdb(&self, bin: &Path, folder: &Path, temporary: bool) -> Result<(), EmbeddedError> {
        let mut initdb = self.command(bin.join("initdb"), folder);
        initdb.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "-D"]);
        initdb.arg(folder.join("data"));
        if temporary {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().map_err(EmbeddedError::io("run initdb"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(EmbeddedError::Initdb(String::from_utf8_lossy(&output.stderr).into_owned()))
    }

    fn keeper(&self, bin: &Path, folder: &Path, temporary: bool) -> Result<Child, EmbeddedError> {
        let fast = "-F -c synchronous_commit=off -c full_page_writes=off -c max_connections=300";
        let mut keeper = self.command("/bin/sh", folder);
        keeper.args(["-c", KEEPER, "postgres-keeper"]);
        keeper.arg(bin.join("postgres")).arg(folder.join("data")).arg(folder);
        keeper.arg(if temporary { fast } else { "" }).arg(folder.join("postgres.log"));
        keeper.arg(if temporary { folder.as_os_str() } else { "".as_ref() });
        // A group of its own: Ctrl-C is for this process, which then stops the database last.
        keeper.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        keeper.spawn().map_err(EmbeddedError::io("start Postgres"))
    }
}
