//! One agent: its state, and its life from start to stop.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::{Duration, Instant},
};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    behaviour::Book,
    disk::{AUTH_TOKEN, Disk},
    door::Door,
    journal::Journal,
    platform,
    seams::{Seam, Seams},
    settings::{Beat, Uploads},
    spawn::Spawn,
};

/// How long a platform may take to answer a registration before calls as the agent go on without a token.
const KNOWN_WITHIN: Duration = Duration::from_secs(5);

/// An agent. Whatever a control call or a replay may see or change lies behind its own lock.
pub(super) struct Agent {
    spawn: Spawn,
    port: u16,
    own_url: String,
    disk: Disk,
    door: Door,
    started: Instant,
    http: RwLock<reqwest::Client>,
    /// The token as last read; the disk is the truth when a platform disagrees.
    token: Mutex<Option<String>>,
    journal: Mutex<Journal>,
    book: Mutex<Book>,
    beat: Mutex<Beat>,
    /// Held while a beat is on its way.
    beating: tokio::sync::Mutex<()>,
    uploads: Mutex<Uploads>,
    seams: Seams,
    /// Whether the first registration is over, be it refused.
    settled: watch::Sender<bool>,
    kick: Notify,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl Agent {
    /// Starts an agent behind a bound listener.
    pub(super) fn start(
        spawn: Spawn,
        listener: TcpListener,
        host_name: &str,
        disk: Disk,
        seams: Seams,
    ) -> std::io::Result<Arc<Self>> {
        let port = listener.local_addr()?.port();
        if let Some(token) = &spawn.token {
            disk.store_secret(AUTH_TOKEN, token)?;
        }
        let agent = Arc::new(Self {
            port,
            own_url: format!("http://{host_name}:{port}"),
            token: Mutex::new(disk.secret(AUTH_TOKEN)),
            disk,
            door: Door::new(),
            started: Instant::now(),
            http: RwLock::new(platform::client()),
            journal: Mutex::default(),
            book: Mutex::default(),
            beat: Mutex::new(Beat::new(spawn.beats(), Duration::from_millis(spawn.heartbeat_ms.max(10)))),
            beating: tokio::sync::Mutex::default(),
            uploads: Mutex::default(),
            seams,
            settled: watch::Sender::new(false),
            kick: Notify::new(),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            spawn,
        });
        let (door, stop) = (Arc::clone(&agent), agent.stop.clone());
        agent.tasks.spawn(async move { door.door.run(Arc::clone(&door), listener, stop).await });
        let living = Arc::clone(&agent);
        agent.tasks.spawn(async move {
            tokio::select! {
                () = living.live() => {}
                () = living.stop.cancelled() => {}
            }
        });
        Ok(agent)
    }

    /// Registers, then beats and, in poll mode, polls, for ever.
    async fn live(self: &Arc<Self>) {
        if self.spawn.registers() {
            platform::register(self).await;
        }
        self.settled.send_replace(true);
        if self.spawn.crash_after_register {
            self.log("error", "crashed after its registration, as told".to_owned());
            self.stop.cancel();
            return;
        }
        tokio::join!(platform::beat_for_ever(self), async {
            if self.spawn.polls() {
                platform::poll_for_ever(self).await;
            }
        });
    }

    /// Ends everything it does and waits for the end.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Ends everything it does, without waiting.
    pub(super) fn cancel(&self) {
        self.stop.cancel();
    }

    /// Waits for the end of the first registration, at most so long.
    pub(super) async fn wait_settled(&self, at_most: Duration) {
        let mut settled = self.settled.subscribe();
        // Either way the caller goes on; the journal tells what happened.
        drop(tokio::time::timeout(at_most, settled.wait_for(|settled| *settled)).await);
    }

    /// Waits until it has read the answer that holds its token, or will read none. A platform shows an agent online
    /// a moment earlier, and who calls as the agent in that moment would call as nobody.
    pub(super) async fn wait_known(&self) {
        tokio::select! {
            () = self.wait_settled(KNOWN_WITHIN) => {}
            () = self.stop.cancelled() => {}
        }
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.stop.is_cancelled()
    }

    /// Whether a client's bug is brought back.
    pub(super) fn has_seam(&self, seam: Seam) -> bool {
        self.seams.has(seam)
    }

    pub(super) fn spawn(&self) -> &Spawn {
        &self.spawn
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn own_url(&self) -> &str {
        &self.own_url
    }

    /// The address it tells its platform.
    pub(super) fn registered_url(&self) -> &str {
        self.spawn.url.as_deref().unwrap_or(&self.own_url)
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.disk
    }

    pub(super) fn door(&self) -> &Door {
        &self.door
    }

    pub(super) fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Held from the look at the settings to the end of the beat.
    pub(super) async fn beating(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.beating.lock().await
    }

    /// Lets the next beat go out at once.
    pub(super) fn kick(&self) {
        self.kick.notify_one();
    }

    pub(super) async fn kicked(&self) {
        self.kick.notified().await;
    }

    pub(super) fn http(&self) -> reqwest::Client {
        self.http.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops the connections of the old client with it.
    pub(super) fn rebuild_http(&self) {
        *self.http.write().unwrap_or_else(PoisonError::into_inner) = platform::client();
        self.journal().counters.client_rebuilds += 1;
    }

    pub(super) fn token(&self) -> Option<String> {
        lock(&self.token).clone()
    }

    pub(super) fn reload_token(&self) {
        *lock(&self.token) = self.disk.secret(AUTH_TOKEN);
    }

    pub(super) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    pub(super) fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    pub(super) fn beat(&self) -> MutexGuard<'_, Beat> {
        lock(&self.beat)
    }

    pub(super) fn uploads(&self) -> MutexGuard<'_, Uploads> {
        lock(&self.uploads)
    }

    /// A line of its own log.
    pub(super) fn log(&self, level: &'static str, text: String) {
        tracing::debug!(workspace = self.spawn.workspace_id, level, "{text}");
        self.journal().line(level, text);
    }
}

/// Every change under these locks is complete on its own, so a panic elsewhere spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
