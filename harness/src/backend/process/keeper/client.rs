//! A harness process's connection to the keeper.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::sync::Mutex;

use super::protocol::{Reply, Request, VERSION};
use super::serve::{KEEPER_ARGUMENT, LOCK_FILE, SOCKET_FILE};
use crate::backend::process::lock;
use crate::world::WorldError;

/// The longest a keeper may take for one answer: a first cluster start includes an initdb, and a
/// download where Postgres is not installed.
const ANSWER_WITHIN: Duration = Duration::from_secs(300);
/// How often a keeper that ends at the very moment of the call is replaced.
const ATTEMPTS: usize = 5;

/// A connection to the keeper; it is the life line of this process's children.
#[derive(Clone)]
pub(crate) struct Keeper {
    stream: Arc<Mutex<BufReader<UnixStream>>>,
}

impl Keeper {
    /// Connects, starting the keeper if need be.
    ///
    /// `program` is started as the keeper: any program whose `main` calls [`super::intercept`].
    pub(crate) async fn connect(
        cache: &Path,
        program: &Path,
        run: &str,
        folder: &Path,
    ) -> Result<Self, WorldError> {
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let stream = match UnixStream::connect(cache.join(SOCKET_FILE)).await {
                Ok(stream) => stream,
                Err(_) => start(cache, program).await?,
            };
            let keeper = Self { stream: Arc::new(Mutex::new(BufReader::new(stream))) };
            let hello = Request::Hello { version: VERSION, run: run.to_owned(), folder: folder.to_owned() };
            match keeper.ask(hello).await {
                Ok(_) => return Ok(keeper),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| WorldError::Usage("the keeper never answered".into())))
    }

    /// Connects to a keeper that runs already.
    pub(crate) async fn connect_running(cache: &Path) -> Option<Self> {
        let stream = UnixStream::connect(cache.join(SOCKET_FILE)).await.ok()?;
        Some(Self { stream: Arc::new(Mutex::new(BufReader::new(stream))) })
    }

    /// Has everything that carries the run's label removed from the engine when this process ends.
    pub(crate) async fn engine(&self) -> Result<(), WorldError> {
        self.ask(Request::Engine).await.map(drop)
    }

    /// The address of a cluster's maintenance database.
    pub(crate) async fn cluster(&self, name: &str) -> Result<SecretString, WorldError> {
        self.address(Request::Cluster { name: name.to_owned() }).await
    }

    /// The address of the Redis, without a logical database.
    pub(crate) async fn redis(&self, notify: Option<String>) -> Result<SecretString, WorldError> {
        self.address(Request::Redis { notify }).await
    }

    /// A logical Redis database nobody uses.
    pub(crate) async fn take_redis_database(&self) -> Result<u32, WorldError> {
        match self.ask(Request::TakeRedisDatabase).await? {
            Reply::Number { number } => Ok(number),
            other => Err(unexpected(&other)),
        }
    }

    /// Gives one back.
    pub(crate) async fn give_redis_database(&self, number: u32) -> Result<(), WorldError> {
        self.ask(Request::GiveRedisDatabase { number }).await.map(drop)
    }

    /// Has a process group killed when this process ends.
    pub(crate) async fn track(&self, group: i32) -> Result<(), WorldError> {
        self.ask(Request::Track { group }).await.map(drop)
    }

    /// Forgets a process group that has ended.
    pub(crate) async fn untrack(&self, group: i32) -> Result<(), WorldError> {
        self.ask(Request::Untrack { group }).await.map(drop)
    }

    /// Drops a database in the background.
    pub(crate) async fn drop_database(&self, cluster: &str, database: &str) -> Result<(), WorldError> {
        let (cluster, database) = (cluster.to_owned(), database.to_owned());
        self.ask(Request::DropDatabase { cluster, database }).await.map(drop)
    }

    /// Ends every run and the keeper; returns the runs that were ended.
    pub(crate) async fn shutdown(&self) -> Result<Vec<String>, WorldError> {
        match self.ask(Request::Shutdown).await? {
            Reply::Ended { runs } => Ok(runs),
            other => Err(unexpected(&other)),
        }
    }

    async fn address(&self, request: Request) -> Result<SecretString, WorldError> {
        match self.ask(request).await? {
            Reply::Address { url } => Ok(url.into()),
            other => Err(unexpected(&other)),
        }
    }

    async fn ask(&self, request: Request) -> Result<Reply, WorldError> {
        let mut stream = self.stream.lock().await;
        let mut line = serde_json::to_string(&request).expect("requests are plain data");
        line.push('\n');
        let lost = || WorldError::io("talk to the keeper");
        let answer = async {
            stream.get_mut().write_all(line.as_bytes()).await?;
            let mut answer = String::new();
            match stream.read_line(&mut answer).await? {
                0 => Err(std::io::ErrorKind::UnexpectedEof.into()),
                _ => Ok(answer),
            }
        };
        let answer = tokio::time::timeout(ANSWER_WITHIN, answer).await;
        let answer = answer.map_err(|late| lost()(late.into()))?.map_err(lost())?;
        match serde_json::from_str(&answer).map_err(|error| lost()(error.into()))? {
            Reply::Missing { what, fix } => Err(WorldError::Prerequisite { what, fix }),
            Reply::Failed { why } => Err(WorldError::Usage(why)),
            reply => Ok(reply),
        }
    }
}

fn unexpected(reply: &Reply) -> WorldError {
    let kind = match reply {
        Reply::Address { .. } => "an address",
        _ => "another reply",
    };
    WorldError::io("talk to the keeper")(std::io::Error::other(format!("unexpected answer: {kind}")))
}

/// Starts a keeper, unless someone else just did, and connects to it.
async fn start(cache: &Path, program: &Path) -> Result<UnixStream, WorldError> {
    let socket = cache.join(SOCKET_FILE);
    // One starter at a time; a keeper that is ending holds the same lock until it is gone.
    let _lock: File = lock::exclusive(&cache.join(LOCK_FILE)).await?;
    if let Ok(stream) = UnixStream::connect(&socket).await {
        return Ok(stream);
    }
    let what = format!("start the keeper ({})", program.display());
    let log = cache.join("keeper.log");
    let log = File::create(&log).map_err(WorldError::io(format!("make {}", log.display())))?;
    let mut child = Command::new(program)
        .arg(KEEPER_ARGUMENT)
        .arg(cache)
        .current_dir("/")
        .env_clear()
        .envs(inherited())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .map_err(WorldError::io(what.clone()))?;
    let out = child.stdout.take().expect("stdout is piped");
    let mut first = String::new();
    // The keeper says one line when it listens; when it dies, the pipe ends.
    BufReader::new(out).read_line(&mut first).await.map_err(WorldError::io(what.clone()))?;
    tokio::spawn(async move { child.wait().await });
    UnixStream::connect(&socket).await.map_err(|source| {
        let log = std::fs::read_to_string(cache.join("keeper.log")).unwrap_or_default();
        WorldError::Io { what: format!("{what}: {}", log.trim()), source }
    })
}

/// What finding and fetching Postgres, and finding the container engine, needs of the environment.
fn inherited() -> impl Iterator<Item = (String, PathBuf)> {
    ["PATH", "HOME", "DOCKER_HOST", "HARNESS_PG_BIN", "HTTPS_PROXY", "https_proxy", "SSL_CERT_FILE"]
        .into_iter()
        .filter_map(|name| std::env::var_os(name).map(|value| (name.to_owned(), value.into())))
}
