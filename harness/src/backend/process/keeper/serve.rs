//! The keeper's own process.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Mutex, Notify};

use super::clients::Client;
use super::protocol::{Reply, Request, VERSION};
use super::sweep;
use crate::backend::process::ports::Ports;
use crate::backend::process::postgres::cluster::Cluster;
use crate::backend::process::postgres::{database, memory};
use crate::backend::process::redis::Redis;
use crate::backend::process::{lock, places};
use crate::world::WorldError;

/// The first argument of a program that is to be the keeper.
pub const KEEPER_ARGUMENT: &str = "__keeper";
pub(super) const SOCKET_FILE: &str = "keeper.sock";
pub(super) const LOCK_FILE: &str = "keeper.lock";

/// How long the keeper stays without connections: bridges test processes that run one after
/// another, and leaves nothing two seconds after a lone one was killed.
const IDLE: Duration = Duration::from_secs(1);

/// Becomes the keeper when this process was started as one, and then never returns.
///
/// Any `main` that opens stages calls this first.
pub fn intercept() {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_none_or(|first| first != KEEPER_ARGUMENT) {
        return;
    }
    let cache = args.next().map(PathBuf::from).unwrap_or_default();
    // Its own session: Ctrl-C in the terminal ends the harness, not its keeper.
    let _ = nix::unistd::setsid();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let served =
        runtime.map_err(WorldError::io("start the runtime")).and_then(|rt| rt.block_on(serve(&cache)));
    if let Err(error) = &served {
        let _ = writeln!(std::io::stderr(), "keeper: {error:?}");
    }
    std::process::exit(i32::from(served.is_err()));
}

async fn serve(cache: &Path) -> Result<(), WorldError> {
    let keeper = Arc::new(Keeper::new(cache)?);
    // What an earlier keeper that was killed left behind.
    sweep::end_processes_of(cache).await;
    memory::forget(cache).map_err(WorldError::io("remove databases from memory"))?;
    for left in sweep::end_containers(cache).await? {
        let _ = writeln!(std::io::stderr(), "keeper: left by an earlier run: {left}");
    }
    let runs = places::runs(cache);
    let _ = fs::remove_dir_all(&runs);
    let socket = cache.join(SOCKET_FILE);
    let _ = fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).map_err(WorldError::io("listen"))?;
    // The starter waits for this line.
    let _ = writeln!(std::io::stdout(), "listening");
    let last_call = listen(&keeper, &listener).await;
    // Under the lock, if there is one: the next keeper starts when this one is gone. Without one,
    // because the cache was removed, what runs here must end all the more.
    let _ = fs::remove_file(&socket);
    drop(listener);
    let stopped = keeper.stop().await;
    last_call.and_then(|lock| stopped.map(|()| drop(lock)))
}

/// Welcomes whoever connects until there has been nobody for a while; returns the starters' lock.
async fn listen(keeper: &Arc<Keeper>, listener: &UnixListener) -> Result<File, WorldError> {
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                if let Ok((stream, _)) = accepted {
                    keeper.clone().welcome(stream).await;
                }
            }
            () = keeper.idle() => if let Some(lock) = keeper.last_call(listener).await? {
                return Ok(lock);
            },
        }
    }
}

struct Keeper {
    cache: PathBuf,
    ports: Ports,
    state: Mutex<State>,
    /// Clusters by name; starting one does not hold up the others.
    clusters: Mutex<HashMap<String, Arc<Mutex<Option<Cluster>>>>>,
    redis: Mutex<Option<Redis>>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    clients: HashMap<u64, Client>,
    next: u64,
    ending: bool,
}

impl Keeper {
    fn new(cache: &Path) -> Result<Self, WorldError> {
        Ok(Self {
            cache: cache.to_owned(),
            ports: Ports::new(&places::ports())?,
            state: Mutex::default(),
            clusters: Mutex::default(),
            redis: Mutex::default(),
            changed: Notify::new(),
        })
    }

    async fn welcome(self: Arc<Self>, stream: UnixStream) {
        let id = {
            let mut state = self.state.lock().await;
            state.next += 1;
            let id = state.next;
            let pid = stream.peer_cred().ok().and_then(|peer| peer.pid()).unwrap_or_default();
            state.clients.insert(id, Client { pid, ..Client::default() });
            id
        };
        tokio::spawn(async move {
            self.converse(id, stream).await;
            self.farewell(id).await;
        });
    }

    /// Answers until the connection ends.
    async fn converse(self: &Arc<Self>, id: u64, stream: UnixStream) {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        loop {
            line.clear();
            if !matches!(stream.read_line(&mut line).await, Ok(1..)) {
                return;
            }
            let reply = match serde_json::from_str(&line) {
                Ok(request) => self.answer(id, request).await,
                Err(_) => Err(WorldError::Usage("the keeper is of another version".into())),
            };
            let reply = reply.unwrap_or_else(|error| match error {
                WorldError::Prerequisite { what, fix } => Reply::Missing { what, fix },
                other => Reply::Failed { why: chain(&other) },
            });
            let mut answer = serde_json::to_string(&reply).expect("replies are plain data");
            answer.push('\n');
            if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    async fn answer(self: &Arc<Self>, id: u64, request: Request) -> Result<Reply, WorldError> {
        match request {
            Request::Hello { version, run, folder } => self.hello(id, version, run, folder).await,
            Request::Engine => {
                self.client(id, |client| client.engine = true).await;
                sweep::expect_containers(&self.cache)?;
                Ok(Reply::Done)
            }
            Request::Cluster { name } => self.cluster(&name).await,
            Request::Redis { notify } => self.redis(notify.as_deref()).await,
            Request::TakeRedisDatabase => self.take_redis(id).await,
            Request::GiveRedisDatabase { number } => {
                self.client(id, |client| client.redis.remove(&number)).await;
                self.empty_redis([number]).await;
                Ok(Reply::Done)
            }
            Request::Track { group } => {
                self.client(id, |client| client.groups.insert(group)).await;
                Ok(Reply::Done)
            }
            Request::Untrack { group } => {
                self.client(id, |client| client.groups.remove(&group)).await;
                Ok(Reply::Done)
            }
            Request::DropDatabase { cluster, database } => {
                let keeper = self.clone();
                tokio::spawn(async move { keeper.drop_databases(&cluster, |name| name == database).await });
                Ok(Reply::Done)
            }
            Request::Shutdown => self.end_all(id).await,
        }
    }

    async fn hello(&self, id: u64, version: u32, run: String, folder: PathBuf) -> Result<Reply, WorldError> {
        if version != VERSION || self.state.lock().await.ending {
            return Err(WorldError::Usage("the keeper is ending or of another version".into()));
        }
        self.client(id, |client| *client = Client { run, folder, pid: client.pid, ..Client::default() })
            .await;
        Ok(Reply::Done)
    }

    async fn client<T>(&self, id: u64, change: impl FnOnce(&mut Client) -> T) -> Option<T> {
        self.state.lock().await.clients.get_mut(&id).map(change)
    }

    async fn cluster(&self, name: &str) -> Result<Reply, WorldError> {
        let slot = self.clusters.lock().await.entry(name.to_owned()).or_default().clone();
        let mut slot = slot.lock().await;
        if slot.is_none() {
            let port = self.ports.take()?;
            let (folder, memory) = (places::cluster(&self.cache, name), memory::room(&self.cache));
            let memory = memory.map(|room| room.join(name));
            let cluster = Cluster::start(&self.cache, &folder, memory, port).await?;
            for left in database::names(cluster.admin(), database::WORLD_PREFIX).await? {
                database::drop(cluster.admin(), &left).await?;
            }
            *slot = Some(cluster);
        }
        let url = slot.as_ref().map(|cluster| cluster.url().clone()).unwrap_or_default();
        Ok(Reply::Address { url: secrecy::ExposeSecret::expose_secret(&url).to_owned() })
    }

    async fn redis(&self, notify: Option<&str>) -> Result<Reply, WorldError> {
        let mut slot = self.redis.lock().await;
        if slot.is_none() {
            let folder = self.cache.join("redis");
            *slot = Some(Redis::start(&folder, self.ports.take()?, notify).await?);
        }
        let url = slot.as_ref().map(|redis| redis.url().clone()).unwrap_or_default();
        Ok(Reply::Address { url: secrecy::ExposeSecret::expose_secret(&url).to_owned() })
    }

    async fn take_redis(&self, id: u64) -> Result<Reply, WorldError> {
        let number = self.redis.lock().await.as_mut().and_then(Redis::take);
        let number = number.ok_or_else(|| WorldError::Usage("no free logical Redis database".into()))?;
        self.client(id, |client| client.redis.insert(number)).await;
        Ok(Reply::Number { number })
    }

    async fn empty_redis(&self, numbers: impl IntoIterator<Item = u32>) {
        if let Some(redis) = self.redis.lock().await.as_mut() {
            for number in numbers {
                redis.give_back(number).await;
            }
        }
    }

    /// Drops the databases of worlds that a rule names, wherever they are not yet gone.
    async fn drop_databases(&self, cluster: &str, named: impl Fn(&str) -> bool) {
        let slot = self.clusters.lock().await.get(cluster).cloned();
        let Some(slot) = slot else { return };
        let admin = slot.lock().await.as_ref().map(|cluster| cluster.admin().clone());
        let Some(admin) = admin else { return };
        for name in database::names(&admin, database::WORLD_PREFIX).await.unwrap_or_default() {
            if named(&name)
                && let Err(error) = database::drop(&admin, &name).await
            {
                let _ = writeln!(std::io::stderr(), "keeper: {}", chain(&error));
            }
        }
    }

    /// A connection has ended: so has everything its process had started.
    async fn farewell(&self, id: u64) -> Vec<String> {
        let client = self.state.lock().await.clients.remove(&id).unwrap_or_default();
        let left = client.end().await;
        for what in &left {
            let _ = writeln!(std::io::stderr(), "keeper: left by {}: {what}", client.run);
        }
        if !client.run.is_empty() {
            let prefix = format!("{}{}_", database::WORLD_PREFIX, client.run);
            let clusters: Vec<String> = self.clusters.lock().await.keys().cloned().collect();
            for cluster in clusters {
                self.drop_databases(&cluster, |name| name.starts_with(&prefix)).await;
            }
        }
        self.empty_redis(client.redis).await;
        self.changed.notify_one();
        left
    }

    /// Ends every other run; the keeper follows when the asker hangs up. The asker's own process may have had a run
    /// until a moment ago: that ends, the process does not.
    async fn end_all(&self, asker: u64) -> Result<Reply, WorldError> {
        let (others, own): (Vec<u64>, _) = {
            let mut state = self.state.lock().await;
            state.ending = true;
            let own = state.clients.get(&asker).map(|client| client.pid);
            (state.clients.keys().copied().filter(|id| *id != asker).collect(), own)
        };
        let (mut runs, mut left) = (Vec::new(), Vec::new());
        for id in others {
            let told = |client: &mut Client| {
                if Some(client.pid) != own {
                    client.terminate();
                }
                client.run.clone()
            };
            runs.extend(self.client(id, told).await.filter(|run| !run.is_empty()));
            left.extend(self.farewell(id).await);
        }
        if left.is_empty() { Ok(Reply::Ended { runs }) } else { Err(WorldError::Leftover(left)) }
    }

    /// Resolves when there has been no connection for a while.
    async fn idle(&self) {
        loop {
            let (busy, ending) = {
                let state = self.state.lock().await;
                (!state.clients.is_empty(), state.ending)
            };
            if busy {
                self.changed.notified().await;
            } else {
                let wait = if ending { Duration::ZERO } else { IDLE };
                // A new connection restarts the whole wait: it drops this future.
                tokio::time::sleep(wait).await;
                return;
            }
        }
    }

    /// Takes the starters' lock, unless someone connected meanwhile.
    async fn last_call(self: &Arc<Self>, listener: &UnixListener) -> Result<Option<File>, WorldError> {
        let lock = lock::exclusive(&self.cache.join(LOCK_FILE)).await?;
        let late = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        match late {
            Ok(Ok((stream, _))) => {
                self.clone().welcome(stream).await;
                Ok(None)
            }
            _ => Ok(Some(lock)),
        }
    }

    async fn stop(&self) -> Result<(), WorldError> {
        let slots: Vec<_> = self.clusters.lock().await.drain().map(|(_, slot)| slot).collect();
        let stops = slots.iter().map(|slot| async {
            match slot.lock().await.take() {
                Some(cluster) => cluster.stop().await,
                None => Ok(()),
            }
        });
        let stopped = futures_util::future::join_all(stops).await;
        if let Some(redis) = self.redis.lock().await.take() {
            redis.stop().await?;
        }
        memory::forget(&self.cache).map_err(WorldError::io("remove databases from memory"))?;
        stopped.into_iter().collect()
    }
}

/// An error with its causes, for a log line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
