//! A Postgres and a Redis in a container: for all worlds of a run, or for one that disturbs it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bollard::Docker;
use bollard::models::VolumeCreateRequest;
use bollard::query_parameters::RemoveVolumeOptionsBuilder;
use harness_model::topology::RedisSpec;
use rand::distr::{Alphanumeric, SampleString as _};
use secrecy::{ExposeSecret as _, SecretString};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgSslMode};

use super::container::{Container, Order};
use super::failure::{failed, unless};
use super::marks::Marks;
use crate::backend::process::postgres::cluster::SILENT_ABOUT_WORLDS;
use crate::backend::ready::Running as _;
use crate::secrets::Secrets;
use crate::world::{LogBook, WorldError};

/// The port of every Postgres.
pub(crate) const POSTGRES_PORT: u16 = 5432;
/// The port of every Redis.
pub(crate) const REDIS_PORT: u16 = 6379;
const USER: &str = "postgres";
/// Where the image keeps its data; the folder above its data folder, since that must belong to its own user.
const POSTGRES_DATA: &str = "/var/lib/postgresql";
/// Its data folder. Not the official image's own: that one is a volume whatever is mounted above it.
const CLUSTER: &str = "/var/lib/postgresql/cluster";
/// Nothing here outlives a run: what a crash of the machine would cost is not worth waiting for disks.
const POSTGRES_SETTINGS: [&str; 10] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "shared_buffers=64MB",
    "max_connections=500",
    "autovacuum=off",
    "jit=off",
    "password_encryption=md5",
];
/// Who may connect, and how they prove it. A world opens many connections at once, and the usual proof is made
/// to take long.
const HBA_FILE: &str = "/etc/harness-hba.conf";
const HBA: &str = "host all all all md5\nlocal all all md5\n";
/// Logical databases of a shared Redis.
const REDIS_DATABASES: u32 = 128;
const POLL: Duration = Duration::from_millis(20);

/// What a database's container is started with.
pub(crate) struct Place<'a> {
    pub(crate) docker: &'a Docker,
    pub(crate) marks: &'a Marks,
    pub(crate) service: &'a str,
    pub(crate) image: String,
    pub(crate) network: String,
    /// The port of the loopback it is published on.
    pub(crate) port: u16,
    pub(crate) log: &'a LogBook,
    /// What the log may not hold; the password of a Postgres becomes one.
    pub(crate) secrets: &'a Secrets,
    pub(crate) within: Duration,
    pub(crate) data: Data,
}

/// Where a Postgres has its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    /// In memory: clones are made in a fifth of the time. They go when the container ends.
    Memory,
    /// On disk, where they outlive a kill and a restart.
    Disk,
}

impl Data {
    /// Whether all worlds of a run share it: what one of them disturbs must outlive a kill, so it is on disk.
    fn is_shared(self) -> bool {
        self == Self::Memory
    }

    /// Options of the engine's own volume driver.
    fn options(self) -> Option<HashMap<String, String>> {
        let memory = [("type", "tmpfs"), ("device", "tmpfs"), ("o", "mode=1777")];
        (self == Self::Memory).then(|| memory.map(|(name, value)| (name.into(), value.into())).into())
    }
}

/// A running Postgres.
pub(crate) struct Postgres {
    pub(crate) container: Arc<Container>,
    pub(crate) admin: PgPool,
    password: SecretString,
    pub(crate) port: u16,
    docker: Docker,
    volume: String,
}

/// A running Redis.
pub(crate) struct Redis {
    pub(crate) container: Arc<Container>,
    pub(crate) port: u16,
    used: Mutex<BTreeSet<u32>>,
}

impl Place<'_> {
    async fn start(
        &self,
        args: Vec<String>,
        env: Vec<(String, String)>,
        volume: Option<(String, &'static str)>,
        inside: u16,
        files: Vec<(String, String)>,
    ) -> Result<Arc<Container>, WorldError> {
        let order = Order {
            service: self.service.to_owned(),
            image: self.image.clone(),
            args,
            env,
            network: self.network.clone(),
            publish: vec![(self.port, inside)],
            volume,
            files,
            hosts: Vec::new(),
        };
        Container::start(self.docker, self.marks, &order, self.log).await.map(Arc::new)
    }

    /// Asks until it answers, or ends, or it has taken too long.
    async fn answers<F: Future<Output = bool>>(
        &self,
        container: &Container,
        condition: &str,
        ask: impl Fn() -> F,
    ) -> Result<(), WorldError> {
        let asking = async {
            let deadline = Instant::now() + self.within;
            while !ask().await {
                if Instant::now() > deadline {
                    return false;
                }
                tokio::time::sleep(POLL).await;
            }
            true
        };
        let tail = || {
            let told = self.log.told(20);
            told.lines().map(|line| format!("  | {line}")).collect::<Vec<_>>().join("\n")
        };
        let fix = format!("docker run --rm {} and read what it says", self.image);
        tokio::select! {
            answered = asking => if answered { Ok(()) } else {
                Err(WorldError::Unready {
                    service: self.service.to_owned(),
                    condition: condition.to_owned(),
                    within: self.within,
                    log: tail(),
                    fix,
                })
            },
            ended = container.ended() => Err(WorldError::Ended {
                service: self.service.to_owned(),
                status: ended.text,
                condition: condition.to_owned(),
                log: tail(),
                fix,
            }),
        }
    }
}

impl Postgres {
    /// Starts one on a volume of its own and waits until it answers.
    pub(crate) async fn start(place: &Place<'_>) -> Result<Self, WorldError> {
        let volume = place.marks.named(place.service);
        let request = VolumeCreateRequest {
            name: Some(volume.clone()),
            labels: Some(place.marks.labels(Some(place.service))),
            driver_opts: place.data.options(),
            ..VolumeCreateRequest::default()
        };
        let made = place.docker.create_volume(request).await;
        made.map_err(failed(format!("make the volume {volume}")))?;
        let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), 32));
        place.secrets.add(&format!("{}.postgres", place.service), &password);
        let env =
            [("POSTGRES_USER", USER), ("POSTGRES_PASSWORD", password.expose_secret()), ("PGDATA", CLUSTER)];
        let env = env.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let hba = format!("hba_file={HBA_FILE}");
        let settings = POSTGRES_SETTINGS.iter().copied().chain([hba.as_str()]);
        let silent = SILENT_ABOUT_WORLDS.iter().filter(|_| place.data.is_shared());
        let silent = silent.map(|(name, value)| format!("{name}={value}"));
        let settings = settings.map(str::to_owned).chain(silent);
        let settings = settings.flat_map(|setting| ["-c".to_owned(), setting]);
        let files = vec![(HBA_FILE.to_owned(), HBA.to_owned())];
        let seen = Some((volume.clone(), POSTGRES_DATA));
        let container = place.start(settings.collect(), env, seen, POSTGRES_PORT, files).await?;
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(place.port)
            .username(USER)
            .password(password.expose_secret())
            .database("postgres")
            .ssl_mode(PgSslMode::Disable);
        let admin = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(5));
        let (admin, docker) = (admin.connect_lazy_with(options), place.docker.clone());
        let postgres = Self { container, admin, password, port: place.port, docker, volume };
        let ask = || async { sqlx::query("select 1").execute(&postgres.admin).await.is_ok() };
        place.answers(&postgres.container, "answering a query", ask).await?;
        // Again, now that it is kept in the cheap form.
        let again = format!("alter role {USER} password '{}'", postgres.password.expose_secret());
        let set = sqlx::raw_sql(sqlx::AssertSqlSafe(again)).execute(&postgres.admin).await;
        set.map_err(WorldError::database("set the password of a Postgres"))?;
        Ok(postgres)
    }

    /// Removes it with its volume.
    pub(crate) async fn end(&self) -> Result<(), WorldError> {
        self.admin.close().await;
        self.container.remove().await?;
        let options = RemoveVolumeOptionsBuilder::new().force(true).build();
        let removed = self.docker.remove_volume(&self.volume, Some(options)).await;
        unless(&[404], removed).map_err(failed(format!("remove the volume {}", self.volume)))
    }

    /// How other containers reach one of its databases.
    pub(crate) fn inside(&self, service: &str, database: &str) -> SecretString {
        self.url(&format!("{service}:{POSTGRES_PORT}"), database)
    }

    /// How the harness does.
    pub(crate) fn outside(&self, database: &str) -> SecretString {
        self.url(&format!("127.0.0.1:{}", self.port), database)
    }

    fn url(&self, address: &str, database: &str) -> SecretString {
        let password = self.password.expose_secret();
        format!("postgres://{USER}:{password}@{address}/{database}?sslmode=disable").into()
    }
}

impl Redis {
    /// Starts one that writes nothing to disk and waits until it answers.
    pub(crate) async fn start(place: &Place<'_>, spec: &RedisSpec) -> Result<Self, WorldError> {
        let databases = REDIS_DATABASES.to_string();
        let mut args = ["--save", "", "--appendonly", "no", "--protected-mode", "no", "--hz", "100"].to_vec();
        args.extend(["--databases", &databases]);
        if let Some(notify) = &spec.notify {
            args.extend(["--notify-keyspace-events", notify]);
        }
        let args = args.into_iter().map(str::to_owned).collect();
        let container = place.start(args, Vec::new(), None, REDIS_PORT, Vec::new()).await?;
        // Number 0 is for people: worlds start at 1.
        let redis = Self { container, port: place.port, used: Mutex::new(BTreeSet::from([0])) };
        let ask = || async { run(&redis.outside(0), "PING").await.is_ok() };
        place.answers(&redis.container, "answering PING", ask).await?;
        Ok(redis)
    }

    /// A logical database nobody uses.
    pub(crate) fn take(&self) -> Result<u32, WorldError> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let free = (0..REDIS_DATABASES).find(|number| !used.contains(number));
        let free = free.ok_or_else(|| WorldError::Usage("no free logical Redis database".into()))?;
        used.insert(free);
        Ok(free)
    }

    /// Empties a logical database and frees it.
    pub(crate) async fn give_back(&self, number: u32) -> Result<(), WorldError> {
        let emptied = run(&self.outside(number), "FLUSHDB").await;
        emptied.map_err(failed(format!("empty the logical Redis database {number}")))?;
        self.used.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        Ok(())
    }

    /// How other containers reach one of its logical databases.
    pub(crate) fn inside(&self, service: &str, number: u32) -> SecretString {
        format!("redis://{service}:{REDIS_PORT}/{number}").into()
    }

    /// How the harness does.
    pub(crate) fn outside(&self, number: u32) -> SecretString {
        format!("redis://127.0.0.1:{}/{number}", self.port).into()
    }
}

async fn run(url: &SecretString, command: &str) -> redis::RedisResult<()> {
    let client = redis::Client::open(url.expose_secret())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    redis::cmd(command).query_async(&mut connection).await
}
